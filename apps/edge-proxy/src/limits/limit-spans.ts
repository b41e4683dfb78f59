import { startSpan } from '@turnpike/service-kit';
import type { Waiting } from './batch.ts';

/** Makes a call to the store that many requests share: each recorded one gets a span of it, as it waits for all of it. */
export async function withLimitSpans<T>(batch: readonly Waiting[], call: () => Promise<T>): Promise<T> {
  const size = batch.reduce((sum, { resolvers, peekers }) => sum + resolvers.length + peekers.length, 0);
  const attributes = {
    'db.system.name': 'redis',
    'db.operation.name': 'EVALSHA',
    'db.operation.batch.size': size,
  };
  const spans = batch.flatMap(({ traceparents = [] }) =>
    traceparents.map((parent) => startSpan('EVALSHA', 'client', parent, attributes)),
  );
  try {
    const reply = await call();
    for (const span of spans) span?.end();
    return reply;
  } catch (error) {
    for (const span of spans) span?.end(error);
    throw error;
  }
}
