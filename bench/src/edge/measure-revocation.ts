import { logout } from '@turnpike/contracts';
import { Connection, requestBytes } from './connection.ts';
import type { Options } from './options.ts';
import type { BenchStack } from './stack.ts';

/** Requests that put a token into the edge's cache. */
const TOUCHES = 5;
/** An ended session that is still believed after this long, in milliseconds, is a failure, not a figure. */
const GIVE_UP_MS = 10_000;

/**
 * How long an ended session goes on being believed, in milliseconds, each measured from the moment its logout is sent until the first 401
 * has arrived, with the token in the edge's cache and asked about without pause.
 */
export async function measureRevocation(stack: BenchStack, options: Options): Promise<number[]> {
  const probe = await Connection.open(stack.edge.url);
  const other = await Connection.open(stack.edge.url);
  const ask = (connection: Connection, bytes: string): Promise<number> =>
    new Promise((resolve) => connection.send(bytes, resolve));
  const delaysMs: number[] = [];
  try {
    for (const token of await stack.signIn(options.revocations)) {
      const request = requestBytes('GET', '/bench/free', token);
      for (let touch = 0; touch < TOUCHES; touch += 1) {
        const status = await ask(probe, request);
        if (status !== 200) throw new Error(`a live session was answered with ${status}`);
      }
      const started = performance.now();
      const loggedOut = ask(other, requestBytes('POST', logout.path, token, '{}'));
      while ((await ask(probe, request)) !== 401) {
        if (performance.now() - started > GIVE_UP_MS)
          throw new Error(`a session still worked ${GIVE_UP_MS} ms after its end`);
      }
      delaysMs.push(performance.now() - started);
      const status = await loggedOut;
      if (status !== 200) throw new Error(`a logout was answered with ${status}`);
    }
  } finally {
    probe.close();
    other.close();
  }
  return delaysMs.toSorted((a, b) => a - b);
}
