import { createServer } from 'node:net';
import { errorCode, StackError } from '../stack-error.ts';
import { freePort } from './free-port.ts';

/**
 * Decides every port before anything starts: a free one for 0, otherwise the one asked for, which must not be in use.
 * Throws a `StackError` with one sentence for each that is.
 *
 * @param ports port by the variable that sets it
 */
export async function settlePorts<Name extends string>(
  ports: Readonly<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const settled: Partial<Record<Name, number>> = {};
  const faults: string[] = [];
  for (const name of Object.keys(ports) as Name[]) {
    const port = ports[name];
    const fault = port === 0 ? undefined : await faultOf(name, port);
    if (fault !== undefined) faults.push(fault);
    settled[name] = port === 0 ? await freePort() : port;
  }
  if (faults.length > 0) throw new StackError(faults.join('\n'));
  return settled as Record<Name, number>;
}

/** Why a port cannot be had, in one sentence. */
async function faultOf(name: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  } catch (error) {
    const problem = errorCode(error) === 'EACCES' ? 'may not be used by you' : 'is already in use';
    return `Port ${port} ${problem}: free it, or set ${name} to another port.`;
  }
  await new Promise((resolve) => server.close(resolve));
  return undefined;
}
