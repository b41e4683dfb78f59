import { Counter, Gauge, Histogram } from '@prometheus-io/client';
import type { Metrics } from '@turnpike/service-kit';
import type { CallRecord } from './calls/call.ts';

/** What is read when somebody asks for the metrics. */
export interface Gauges {
  readonly live: () => number;
  readonly drains: () => number;
  readonly openBreakers: () => number;
  readonly keptSettlements: () => number;
}

/** Counts of calls. Labels are of few values: no key, no user, no name of a model that a caller wrote. */
export function createLlmMetrics({ registry }: Metrics) {
  const registers = [registry];
  const requests = new Counter({
    name: 'turnpike_llm_requests_total',
    help: 'Calls sent to vendors, by provider, endpoint and class of status.',
    labelNames: ['provider', 'endpoint', 'status'],
    registers,
  });
  const tokens = new Counter({
    name: 'turnpike_llm_tokens_total',
    help: 'Units that were charged, by provider and kind.',
    labelNames: ['provider', 'unit'],
    registers,
  });
  const cost = new Counter({
    name: 'turnpike_llm_cost_micro_total',
    help: 'Micro-credits that were charged, by provider.',
    labelNames: ['provider'],
    registers,
  });
  const sources = new Counter({
    name: 'turnpike_llm_usage_source_total',
    help: 'Charged calls by where their usage came from: the vendor, the vendor in part, our estimate, or nowhere (all that was held).',
    labelNames: ['source'],
    registers,
  });
  const overHold = new Counter({
    name: 'turnpike_llm_settle_over_hold_total',
    help: 'Calls that cost more than was held for them.',
    registers,
  });
  const unpriced = new Counter({
    name: 'turnpike_llm_unpriced_total',
    help: 'Calls refused since the gateway knows no price of the model.',
    registers,
  });
  const violations = new Counter({
    name: 'turnpike_llm_policy_hits_total',
    help: 'What policies found in requests and answers, by type of the policy and by what was done.',
    labelNames: ['type', 'action'],
    registers,
  });
  const violationsLost = new Counter({
    name: 'turnpike_llm_violations_lost_total',
    help: 'Violations that are stored nowhere, as too many waited or the database refused them.',
    registers,
  });
  const detectors = new Counter({
    name: 'turnpike_llm_detector_questions_total',
    help: 'Questions to detectors of others, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const policyAlerts = new Counter({
    name: 'turnpike_llm_policy_alerts_total',
    help: 'Grave violations by what became of telling the owners: told, quiet (told within the hour), lost.',
    labelNames: ['outcome'],
    registers,
  });
  const inspections = new Counter({
    name: 'turnpike_llm_inspections_total',
    help: 'Calls that detectors are asked about after the answer, by what became of that.',
    labelNames: ['outcome'],
    registers,
  });
  const settlements = new Counter({
    name: 'turnpike_llm_settlements_total',
    help: 'Settlements told to credits, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const recordsDropped = new Counter({
    name: 'turnpike_llm_records_dropped_total',
    help: 'Calls whose request records nobody will complete, since Redis did not take what completes them.',
    registers,
  });
  const uncounted = new Counter({
    name: 'turnpike_llm_tokens_uncounted_total',
    help: "Calls that passed their key's limit of tokens per minute uncounted, since Redis did not count.",
    registers,
  });
  const batches = new Counter({
    name: 'turnpike_llm_batches_total',
    help: 'Batches that are done with, by provider and how they ended: completed, failed, expired, cancelled; lost (nobody knows whether the vendor made it), gone (the vendor has it no more), unreachable (the vendor did not answer for days).',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const batchLooksFailed = new Counter({
    name: 'turnpike_llm_batch_looks_failed_total',
    help: 'Looks at batches that failed and are tried again, by provider.',
    labelNames: ['provider'],
    registers,
  });
  const batchesUnheld = new Counter({
    name: 'turnpike_llm_batches_unheld_total',
    help: 'Looks at batches for which nothing is held any more, as there were too few credits when their hold had to be renewed.',
    labelNames: ['provider'],
    registers,
  });
  const deletions = new Counter({
    name: 'turnpike_llm_vendor_deletions_total',
    help: 'What people had kept at vendors who were erased, batches among it, by what became of it: deleted, gone already, or failed and tried again.',
    labelNames: ['outcome'],
    registers,
  });
  const deletionLag = new Gauge({
    name: 'turnpike_llm_vendor_deletion_lag_seconds',
    help: 'For how long the oldest of that waits to be deleted at its vendor.',
    registers,
  });
  const latency = new Histogram({
    name: 'turnpike_llm_answer_begins_seconds',
    help: 'Time until a vendor began its answer, by provider.',
    labelNames: ['provider'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  return {
    unpriced,
    recordsDropped,
    uncounted,
    settlements,
    deletions,
    deletionLag,
    violations,
    violationsLost,
    policyAlerts,
    detectors,
    inspections,
    batches,
    batchLooksFailed,
    batchesUnheld,
    settled(source: string, over: boolean): void {
      sources.inc({ source });
      if (over) overHold.inc();
    },
    record(record: CallRecord): void {
      const { provider, endpoint, status, usage, costMicro, latencyMs } = record;
      requests.inc({ provider, endpoint, status: `${Math.floor(status / 100)}xx` });
      if (latencyMs !== undefined) latency.observe({ provider }, latencyMs / 1_000);
      cost.inc({ provider }, Number(costMicro));
      for (const [unit, count] of Object.entries({ ...usage })) if (count > 0) tokens.inc({ provider, unit }, count);
    },
    waitingViolations(read: () => number): void {
      gauge('turnpike_llm_violations_waiting', 'Violations that wait in memory for the database.', read);
    },
    register(gauges: Gauges): void {
      gauge('turnpike_llm_calls_under_way', 'Calls that have been sent and not ended.', gauges.live);
      gauge('turnpike_llm_drains', 'Answers that are read to their end though their client left.', gauges.drains);
      gauge('turnpike_llm_breakers_open', 'Credentials with which nothing is sent for a while.', gauges.openBreakers);
      gauge('turnpike_llm_settlements_kept', 'Settlements that wait in memory for credits.', gauges.keptSettlements);
    },
  };
}

export type LlmMetrics = ReturnType<typeof createLlmMetrics>;
