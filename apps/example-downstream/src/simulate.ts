import type { ServerResponse } from 'node:http';
import type { Simulation } from '@turnpike/contracts';

/** What a route needs to misbehave on request. */
interface Call {
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/** Waits, and wakes early when the client leaves. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

/**
 * Does what a request body's `simulate` asks for, where the example is set to heed it: names a cost, waits, answers with an error, or
 * breaks the connection off in the middle of a body. True when the response is done with, or nobody waits for it any more.
 */
export async function misbehave(simulate: Simulation | undefined, { response, signal }: Call): Promise<boolean> {
  if (!simulate) return false;
  if (simulate.cost !== undefined) response.setHeader('X-Credits-Cost', String(simulate.cost));
  await pause(simulate.slow_ms ?? 0, signal);
  if (signal.aborted) return true;
  if (simulate.error !== undefined) {
    response
      .writeHead(simulate.error, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ detail: 'Simulated error' }));
    return true;
  }
  if (simulate.truncate) {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('{"truncated":', () => response.destroy());
    return true;
  }
  return false;
}
