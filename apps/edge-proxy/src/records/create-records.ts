import { randomUUID } from 'node:crypto';
import { RecordQueue } from '@turnpike/service-kit';
import type { Foundation } from '../foundation.ts';
import { RequestRecords } from './request-records.ts';

/** Builds what leaves a record of each request; `records` is undefined where that is switched off. */
export function createRecords({ config, metrics, stores }: Foundation): {
  readonly records: RequestRecords | undefined;
  readonly queue: RecordQueue;
} {
  const queue = new RecordQueue({
    store: stores.recordStore,
    producer: randomUUID(),
    streamBytesMax: config.USAGE_STREAM_BYTES_MAX,
    onDropped: (records) => metrics.recordsDropped.inc(records),
  });
  const records =
    config.USAGE_RECORDS === 'on'
      ? new RequestRecords({ onBatch: (count, text) => queue.add(count, text) })
      : undefined;
  return { records, queue };
}
