import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { errorCode } from '../stack-error.ts';

/**
 * Ports below those that systems use for outgoing connections (from 32768 on Linux, 49152 elsewhere): one from up there
 * may be taken by any client between our check and the server's start, or while a server restarts.
 */
const portMin = 10_240;
const portMax = 32_767;
const attemptsMax = 100;

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(portMin, portMax + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found between ${portMin} and ${portMax}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE' || errorCode(error) === 'EACCES') return false;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
