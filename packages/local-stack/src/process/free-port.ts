import { randomInt } from 'node:crypto';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorCode } from '../stack-error.ts';

/**
 * Ports below those that systems use for outgoing connections (from 32768 on Linux, 49152 elsewhere): one from up there
 * may be taken by any client between our check and the server's start, or while a server restarts.
 */
const portMin = 10_240;
const portMax = 32_767;
const ATTEMPTS_MAX = 100;
/** One empty file for each port given away lately, seen by every process of the machine. */
const claims = path.join(tmpdir(), 'turnpike-ports');
/** By then its server listens, or never will. */
const CLAIM_MS = 300_000;

/** A TCP port on 127.0.0.1 that was free a moment ago, and that nobody else is given for five minutes: its server may take a while to start. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = randomInt(portMin, portMax + 1);
    if ((await isFree(port)) && (await claim(port))) return port;
  }
  throw new Error(`No free port found between ${portMin} and ${portMax}`);
}

/** Whether the port is ours: no process was given it within the life of a claim. */
async function claim(port: number): Promise<boolean> {
  const file = path.join(claims, String(port));
  await mkdir(claims, { recursive: true });
  try {
    await writeFile(file, '', { flag: 'wx', mode: 0o666 });
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const { mtimeMs } = await stat(file);
  const now = Date.now();
  if (now - mtimeMs < CLAIM_MS) return false;
  await utimes(file, now / 1_000, now / 1_000);
  return true;
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
