import { CONFIG_STREAM } from '@turnpike/contracts';
import { createRedis } from '../data/redis.ts';
import { deadline } from '../process/deadline.ts';
import type { Logger } from '../process/logger.ts';
import { startPollLoop } from '../process/poll-loop.ts';

/** How long one read waits for news, in milliseconds. */
const BLOCK_MS = 1_000;
/** A read that takes longer than this has lost its connection, in milliseconds. */
const READ_TIMEOUT_MS = 2_500;
const ENTRIES_PER_READ = 1_000;
/** Pauses while Redis is down, in milliseconds. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 1_000;
/** Where a stream begins. */
const START = '0-0';

/** A value that changed. */
export interface ConfigChange {
  /** Empty where it is for all organisations. */
  readonly organisationId: string;
  readonly key: string;
}

export interface ConfigListener {
  changed(change: ConfigChange): void;
  /** The stream was not heard for a while, or is another one: anything may have changed. */
  missed(): void;
}

/** Tells of changes of the configuration, from a connection of its own. */
export function listenForConfigChanges(
  redisUrl: string,
  logger: Logger,
  listener: ConfigListener,
): { close(): Promise<void> } {
  const redis = createRedis(redisUrl, logger, { blocking: true });
  let lastId: string | undefined;

  async function newestId(): Promise<string> {
    const [newest] = await deadline(
      redis.xrevrange(CONFIG_STREAM, '+', '-', 'COUNT', 1),
      READ_TIMEOUT_MS,
      'finding the end of the stream',
    );
    return newest?.[0] ?? START;
  }

  async function begin(): Promise<string> {
    const id = await newestId();
    listener.missed();
    return id;
  }

  async function read(from: string): Promise<string> {
    const reading = redis.xread('COUNT', ENTRIES_PER_READ, 'BLOCK', BLOCK_MS, 'STREAMS', CONFIG_STREAM, from);
    const entries = (await deadline(reading, READ_TIMEOUT_MS, 'reading the stream'))?.[0]?.[1] ?? [];
    for (const [, fields] of entries) listener.changed(changeOf(fields));
    const last = entries.at(-1)?.[0];
    if (last !== undefined) return last;
    // A store that came back empty has yet to reach the id that was read last.
    return millisecondsOf(await newestId()) < millisecondsOf(from) ? begin() : from;
  }

  const loop = startPollLoop({
    name: 'hearing of configuration changes',
    everyMs: RETRY_MS,
    retryMsMax: RETRY_MS_MAX,
    logger,
    async round() {
      if (redis.status !== 'ready') {
        lastId = undefined;
        return false;
      }
      try {
        lastId = lastId === undefined ? await begin() : await read(lastId);
      } catch (error) {
        lastId = undefined;
        throw error;
      }
      return true;
    },
  });
  return {
    async close() {
      const closed = loop.close();
      // A read that waits ends with its connection.
      redis.disconnect();
      await closed;
    },
  };
}

/** The moment of an entry, in milliseconds since 1970: the first half of its id. */
function millisecondsOf(id: string): number {
  return Number(id.split('-', 1)[0]);
}

function changeOf(fields: readonly string[]): ConfigChange {
  const valueOf = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  return { organisationId: valueOf('organisation_id'), key: valueOf('key') };
}
