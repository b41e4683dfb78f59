import type { RecordQueueOptions } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { LlmMetrics } from '../metrics.ts';
import { BatchAccounts, type AccountTools } from './account-batch.ts';
import { BackgroundResponses } from './background.ts';
import { BatchRecords } from './batch-records.ts';
import { Batches, type BatchesTools } from './batches.ts';
import type { FollowTools } from './follow-batches.ts';

type Made = 'accounts' | 'records' | 'onDone' | 'onLookFailed' | 'onUnheld' | 'pollSeconds' | 'vendorTimeoutMs';

/** Opens what batches are made, followed and accounted for with. `recordStore`: takes what usage is told. */
export function openBatches(
  config: Config,
  parts: Omit<BatchesTools, Made>,
  recordStore: RecordQueueOptions['store'],
  counts: LlmMetrics,
): { readonly batches: Batches; readonly background: BackgroundResponses; readonly follow: FollowTools } {
  const { database, holds, vendors, logger } = parts;
  const account: AccountTools = {
    database,
    holds,
    vendors,
    logger,
    records: new BatchRecords({
      enabled: config.USAGE_RECORDS === 'on',
      store: recordStore,
      streamBytesMax: config.USAGE_STREAM_BYTES_MAX,
      onRecord: (record) => counts.record(record),
    }),
    onDone: (provider, outcome) => counts.batches.inc({ provider, outcome }),
  };
  const tools: BatchesTools = {
    ...parts,
    ...account,
    accounts: new BatchAccounts(account),
    pollSeconds: config.LLM_BATCH_POLL_SECONDS,
    vendorTimeoutMs: config.LLM_UPSTREAM_TIMEOUT_MS,
    onLookFailed: (provider) => counts.batchLooksFailed.inc({ provider }),
    onUnheld: (provider) => counts.batchesUnheld.inc({ provider }),
  };
  return { batches: new Batches(tools), background: new BackgroundResponses(tools), follow: tools };
}
