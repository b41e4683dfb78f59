import { createServer } from 'node:net';
import { errorCode, StackError } from '../stack-error.ts';
import { freePort } from './free-port.ts';

/**
 * Decides every port before anything starts: a free one for 0, otherwise the one asked for, which must not be in use.
 *
 * @param ports port by the variable that sets it
 */
export async function settlePorts<Name extends string>(
  ports: Readonly<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const settled: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(ports) as Name[]) {
    const port = ports[name];
    if (port !== 0) await assertFree(name, port);
    settled[name] = port === 0 ? await freePort() : port;
  }
  return settled as Record<Name, number>;
}

async function assertFree(name: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  } catch (cause) {
    const problem = errorCode(cause) === 'EACCES' ? 'may not be used by you' : 'is already in use';
    throw new StackError(`Port ${port} ${problem}: free it, or set ${name} to another port.`, { cause });
  }
  await new Promise((resolve) => server.close(resolve));
}
