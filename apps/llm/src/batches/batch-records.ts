import type { LlmProvider, RecordBatch } from '@turnpike/contracts';
import { RecordQueue, type RecordQueueOptions } from '@turnpike/service-kit';
import type { CallRecord } from '../calls/call.ts';
import { completionOf } from '../records/completion.ts';
import type { Usage, UsageSource } from '../usage/usage.ts';
import { isResponse } from './batch-facts.ts';
import type { Batch } from './stores/batches.ts';
import { BATCH_TIER, onlyPrice, termsIn } from './terms.ts';

export interface BatchRecordsOptions extends Pick<RecordQueueOptions, 'store' | 'streamBytesMax'> {
  /** Whether usage keeps records. */
  readonly enabled: boolean;
  /** For the metrics. */
  readonly onRecord: (record: CallRecord) => void;
}

/** Completes the record of the request that made a batch, once the batch has ended. */
export class BatchRecords {
  readonly #options: BatchRecordsOptions;

  constructor(options: BatchRecordsOptions) {
    this.#options = options;
  }

  /** Leaves for usage what a batch used and cost: under the batch's own name, by which usage knows it where it comes again. Throws where Redis does not take it. */
  async add(batch: Batch): Promise<void> {
    const { enabled, store, streamBytesMax } = this.#options;
    const record = recordOf(batch);
    if (!enabled || record === undefined) return;
    let taken = true;
    const queue = new RecordQueue({ store, streamBytesMax, producer: batch.id, onDropped: () => (taken = false) });
    const text: RecordBatch = { t: record.startedMs, c: [], r: [], w: [], d: [], m: [completionOf(record)] };
    queue.add(1, JSON.stringify(text));
    await queue.close();
    if (!taken) throw new Error('Redis did not take the record of a batch');
  }

  /** Counts a batch that is done with. */
  count(batch: Batch): void {
    const record = recordOf(batch);
    if (record !== undefined) this.#options.onRecord(record);
  }
}

/** `undefined` where whoever made it was erased. */
function recordOf(batch: Batch): CallRecord | undefined {
  const { userId, cost, holdId, held } = batch;
  if (userId === null) return undefined;
  const terms = termsIn(batch.terms);
  const price = onlyPrice(terms);
  const costMicro = cost ?? 0n;
  return {
    requestId: batch.requestId,
    userId,
    organisationId: batch.organisationId ?? undefined,
    startedMs: batch.createdAt.getTime(),
    provider: batch.provider as LlmProvider,
    credentialId: batch.credentialId,
    endpoint: isResponse(batch) ? 'responses' : 'batches',
    model: price?.model,
    responseModel: undefined,
    serviceTier: isResponse(batch) ? terms.tier : BATCH_TIER,
    stream: false,
    sent: true,
    status: 200,
    usage: (batch.usage as Usage | null) ?? undefined,
    usageSource: (batch.usageSource ?? 'none') as UsageSource,
    errorCode: undefined,
    costMicro,
    priceId: price?.id,
    held: holdId === null ? undefined : { id: holdId, micro: held, state: costMicro === 0n ? 'released' : 'settled' },
    latencyMs: undefined,
    ttftMs: undefined,
    finishReason: undefined,
    durationMs: Date.now() - batch.createdAt.getTime(),
    requestBytes: 0,
    responseBytes: 0,
    upstreamRequestId: undefined,
    clientDisconnected: false,
    violations: batch.violations,
    blocked: false,
  };
}
