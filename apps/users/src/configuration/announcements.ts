import type { Redis } from 'ioredis';
import { CONFIG_STREAM } from '@turnpike/contracts';
import { startPollLoop, type Logger, type PollLoop } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { markAnnounced, unannouncedChanges } from './stores/config-values.ts';

/** How often changes are looked for that another instance committed and did not announce, in milliseconds. */
const POLL_MS = 500;
const RETRY_MS_MAX = 1_000;
const BATCH_MAX = 200;
/** Entries kept on the stream; who missed more asks anew. */
const STREAM_ENTRIES_MAX = 1_000;

/** Puts committed changes on the stream, at least once. Any number of instances may do so. */
export function announceChanges(db: Db, redis: Redis, logger: Logger): PollLoop {
  return startPollLoop({
    name: 'announcing configuration changes',
    everyMs: POLL_MS,
    retryMsMax: RETRY_MS_MAX,
    logger,
    async round() {
      const changes = await unannouncedChanges(db, BATCH_MAX);
      if (changes.length === 0) return false;
      const writing = redis.multi();
      for (const { organisationId, key, version } of changes)
        writing.xadd(
          CONFIG_STREAM,
          'MAXLEN',
          '~',
          STREAM_ENTRIES_MAX,
          '*',
          'organisation_id',
          organisationId ?? '',
          'key',
          key,
          'version',
          String(version),
        );
      const replies = await writing.exec();
      const refused = replies?.find(([error]) => error !== null)?.[0];
      if (refused) throw refused;
      await markAnnounced(db, changes);
      return changes.length === BATCH_MAX;
    },
  });
}
