import type { Redis } from 'ioredis';
import { REVOCATION_BEAT, REVOCATION_STREAM } from '@turnpike/contracts';
import type { Logger } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import type { AuthMetrics } from '../metrics.ts';
import type { RecordedRevocation } from './domain/revocation.ts';
import { markPublished, noticeOf, unpublished } from './stores/revocations.ts';

/** Entries kept in the stream; an edge that missed more catches up by polling. */
const STREAM_ENTRIES_MAX = 100_000;
/** Revocations relayed at once. */
const RELAY_BATCH_MAX = 500;

/** Announces revocations to the edges. */
export interface RevocationStream {
  /** Right after commit. Never rejects: what Redis does not take now, `relay` publishes later and polling edges find in the table. */
  announce(revocations: readonly RecordedRevocation[]): Promise<void>;
  /**
   * Publishes what was not, and then a heartbeat (ADR 3); any number of instances may relay at once. Rejects when
   * PostgreSQL or Redis fails: then there is no heartbeat, and the edges ask instead.
   */
  relay(): Promise<void>;
}

export interface RevocationStreamOptions {
  readonly db: Db;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly counter: AuthMetrics['revocations'];
}

/** A stream writer over Redis and the revocation table. */
export function createRevocationStream({ db, redis, logger, counter }: RevocationStreamOptions): RevocationStream {
  /** One transaction, so that a heartbeat is never taken where a revocation before it was refused. */
  async function publish(revocations: readonly RecordedRevocation[], beat = false): Promise<void> {
    const transaction = redis.multi();
    const add = (...fields: string[]) =>
      transaction.xadd(REVOCATION_STREAM, 'MAXLEN', '~', STREAM_ENTRIES_MAX, '*', ...fields);
    for (const { kind, id, at } of revocations.map(noticeOf)) add('kind', kind, 'id', id, 'at', at);
    if (beat) add(REVOCATION_BEAT, '1');
    const replies = await transaction.exec();
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
          db,
          revocations.map(({ id }) => id),
        );
      } catch (err) {
        counter.inc({ way: 'deferred' }, revocations.length);
        logger.warn({ err, revocations: revocations.length }, 'revocations will be published by the relay');
      }
    },
    async relay() {
      for (;;) {
        const pending = await unpublished(db, RELAY_BATCH_MAX);
        const isAll = pending.length < RELAY_BATCH_MAX;
        await publish(pending, isAll);
        if (pending.length > 0) {
          counter.inc({ way: 'relayed' }, pending.length);
          await markPublished(
            db,
            pending.map(({ id }) => id),
          );
        }
        if (isAll) return;
      }
    },
  };
}
