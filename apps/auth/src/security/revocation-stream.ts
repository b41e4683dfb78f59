import type { Redis } from 'ioredis';
import { REVOCATION_STREAM } from '@turnpike/contracts';
import type { Logger, SqlDatabase } from '@turnpike/service-kit';
import type { RecordedRevocation } from '../domain/revocation.ts';
import type { AuthMetrics } from '../metrics.ts';
import { lockUnpublished, markPublished, noticeOf } from '../stores/revocations.ts';

/** Entries kept in the stream; an edge that missed more catches up by polling. */
const STREAM_ENTRIES_MAX = 100_000;
/** Revocations relayed per transaction. */
const RELAY_BATCH_MAX = 500;

/** Announces revocations to the edges. */
export interface RevocationStream {
  /** Right after commit. Never rejects: what Redis does not take now, `relay` publishes later and polling edges find in the table. */
  announce(revocations: readonly RecordedRevocation[]): Promise<void>;
  /** Publishes what was not; gives how many. */
  relay(): Promise<number>;
}

export interface RevocationStreamOptions {
  readonly database: SqlDatabase;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly counter: AuthMetrics['revocations'];
}

/** A stream writer over Redis and the revocation table. */
export function createRevocationStream({
  database,
  redis,
  logger,
  counter,
}: RevocationStreamOptions): RevocationStream {
  async function publish(revocations: readonly RecordedRevocation[]): Promise<void> {
    const pipeline = redis.pipeline();
    for (const { kind, id, at } of revocations.map(noticeOf)) {
      pipeline.xadd(REVOCATION_STREAM, 'MAXLEN', '~', STREAM_ENTRIES_MAX, '*', 'kind', kind, 'id', id, 'at', at);
    }
    const replies = await pipeline.exec();
    const failed = replies?.find(([error]) => error !== null)?.[0];
    if (failed) throw failed;
  }

  return {
    async announce(revocations) {
      if (revocations.length === 0) return;
      try {
        await publish(revocations);
        counter.inc({ way: 'announced' }, revocations.length);
        await markPublished(
          database.query,
          revocations.map(({ id }) => id),
        );
      } catch (err) {
        counter.inc({ way: 'deferred' }, revocations.length);
        logger.warn({ err, revocations: revocations.length }, 'revocations will be published by the relay');
      }
    },
    relay: () =>
      database.transaction(async (query) => {
        const pending = await lockUnpublished(query, RELAY_BATCH_MAX);
        if (pending.length === 0) return 0;
        await publish(pending);
        counter.inc({ way: 'relayed' }, pending.length);
        await markPublished(
          query,
          pending.map(({ id }) => id),
        );
        return pending.length;
      }),
  };
}
