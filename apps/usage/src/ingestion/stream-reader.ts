import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { RECORDS_STREAM } from '@turnpike/contracts';

/** The group that all processes of this service read in: each entry goes to one of them. */
const GROUP = 'usage';
/** Longest wait in Redis for news, in milliseconds; below what the connection takes for a dead one. */
const BLOCK_MS = 1_000;

/** An entry of the stream. One that was trimmed after it was delivered has no fields. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

const entries = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const delivered = z.array(z.tuple([z.string(), entries])).nullable();
const claimed = z.tuple([z.string(), entries]).rest(z.unknown());

/** Reads the stream of request records in the group, as one consumer since the start of this process. */
export class StreamReader {
  readonly #redis: Redis;
  readonly #consumer = randomUUID();
  #ready = false;

  /** `redis`: a connection that may wait in the server. */
  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** New entries, or none after a second; at most `count`. Rejects while Redis is down. */
  async next(count: number): Promise<StreamEntry[]> {
    await this.#ensureGroup();
    const reply = await this.#asGroup(() =>
      this.#redis.xreadgroup(
        'GROUP',
        GROUP,
        this.#consumer,
        'COUNT',
        count,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        RECORDS_STREAM,
        '>',
      ),
    );
    return (delivered.parse(reply) ?? []).flatMap(([, found]) => found.map(entryOf));
  }

  /** Takes over entries that another consumer took at least `idleMs` ago and did not finish; at most `count`. */
  async takeOver(idleMs: number, count: number): Promise<StreamEntry[]> {
    await this.#ensureGroup();
    const reply = await this.#asGroup(() =>
      this.#redis.xautoclaim(RECORDS_STREAM, GROUP, this.#consumer, idleMs, '0', 'COUNT', count),
    );
    return claimed.parse(reply)[1].map(entryOf);
  }

  /** Entries are dealt with: they leave the stream, so that it holds what is still to be read. */
  async done(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#redis
      .multi()
      .xack(RECORDS_STREAM, GROUP, ...ids)
      .xdel(RECORDS_STREAM, ...ids)
      .exec();
  }

  /** Entries that no consumer of the group has finished yet; 0 where the stream is not there. */
  async waiting(): Promise<number> {
    return this.#redis.xlen(RECORDS_STREAM);
  }

  /** Leaves the group. What is unfinished is taken over by others. */
  async leave(): Promise<void> {
    const pending: unknown = await this.#redis.xpending(RECORDS_STREAM, GROUP, '-', '+', 1, this.#consumer);
    if (Array.isArray(pending) && pending.length === 0)
      await this.#redis.xgroup('DELCONSUMER', RECORDS_STREAM, GROUP, this.#consumer);
  }

  async #ensureGroup(): Promise<void> {
    if (this.#ready) return;
    try {
      // From the first entry: edges may have written before anybody read.
      await this.#redis.xgroup('CREATE', RECORDS_STREAM, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!isReply(error, 'BUSYGROUP')) throw error;
    }
    this.#ready = true;
  }

  /** A Redis that came back empty has lost the group. */
  async #asGroup(read: () => Promise<unknown>): Promise<unknown> {
    try {
      return await read();
    } catch (error) {
      if (!isReply(error, 'NOGROUP')) throw error;
      this.#ready = false;
      await this.#ensureGroup();
      return read();
    }
  }
}

function isReply(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'message' in error && String(error.message).startsWith(code);
}

function entryOf([id, list]: z.output<typeof entries>[number]): StreamEntry {
  if (list === null) return { id, fields: undefined };
  const fields: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2) fields[list[index] ?? ''] = list[index + 1] ?? '';
  return { id, fields };
}
