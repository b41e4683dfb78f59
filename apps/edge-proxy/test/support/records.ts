import { Redis } from 'ioredis';
import { RECORDS_STREAM, recordBatch, recordEntry, type RecordDetail } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';

/** A record of a request with its facts in place. */
export interface ReadRecord {
  readonly requestId: string;
  readonly caller: readonly (string | null)[];
  readonly keyPrefix: string | undefined;
  readonly route: readonly (string | null)[];
  readonly path: string | undefined;
  readonly window: readonly (string | number)[] | undefined;
  readonly method: string;
  readonly status: number;
  readonly durationUs: number;
  readonly firstByteUs: number;
  readonly upstreamUs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly remaining: number;
  readonly attempts: number;
  readonly detail: RecordDetail | null;
}

/** What edges have left on the stream, and its whole text. */
export interface RecordReader {
  all(): Promise<ReadRecord[]>;
  /** The record of a request, as soon as it is there. */
  of(requestId: string): Promise<ReadRecord>;
  text(): Promise<string>;
  close(): void;
}

export function readRecords(redisUrl: string): RecordReader {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
  redis.on('error', () => {});
  const entries = async () => {
    const found = await redis.xrange(RECORDS_STREAM, '-', '+');
    return found.map(([, fields]) =>
      recordEntry.parse(
        Object.fromEntries(
          Array.from({ length: fields.length / 2 }, (_v, index) => [fields[2 * index], fields[2 * index + 1]]),
        ),
      ),
    );
  };
  const all = async (): Promise<ReadRecord[]> =>
    (await entries()).flatMap(({ b, n }) => {
      const batch = recordBatch.parse(JSON.parse(b));
      if (batch.d.length !== n) throw new Error('a batch holds another number of records than it says');
      return batch.d.map((row) => ({
        requestId: row[1],
        caller: batch.c[row[2]] ?? [],
        keyPrefix: batch.k?.[batch.c[row[2]]?.[4] ?? ''],
        route: batch.r[row[3]] ?? [],
        path: batch.p?.[row[3]],
        method: row[4],
        status: row[5],
        durationUs: row[6],
        firstByteUs: row[7],
        upstreamUs: row[8],
        requestBytes: row[9],
        responseBytes: row[10],
        window: row[11] === -1 ? undefined : batch.w[row[11]],
        remaining: row[12],
        attempts: row[14],
        detail: row[15],
      }));
    });
  return {
    all,
    async of(requestId) {
      let found: ReadRecord | undefined;
      await waitFor(async () => {
        found = (await all()).find((record) => record.requestId === requestId);
        return found !== undefined;
      });
      if (found === undefined) throw new Error(`no record of ${requestId}`);
      return found;
    },
    text: async () => JSON.stringify(await entries()),
    close: () => redis.disconnect(),
  };
}
