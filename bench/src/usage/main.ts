import { randomUUID } from 'node:crypto';
import {
  HEADER,
  RECORDS_FORMAT,
  RECORDS_PER_BATCH_MAX,
  RECORDS_STREAM,
  signGatewayRequestV2,
  type CallerFacts,
  type RecordBatch,
  type RecordRow,
} from '@turnpike/contracts';
import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { readFlags } from '../flags.ts';
import { observeMachine, writeResult } from '../results.ts';
import { fillRecords, memberId, organisationId } from './fill.ts';
import { startUsageStack, type UsageStack } from './stack.ts';

/** Fills usage with records of 30 days and measures what its questions take, then how fast further ones are stored. */
const { count } = readFlags({ records: 5_000_000, ingest: 100_000, rounds: 20 });
const records = count('records');
const ingested = count('ingest');
const rounds = count('rounds');

const machine = observeMachine();
let fillSeconds = 0;
const stack = await startUsageStack(async (database) => {
  const startedMs = performance.now();
  await fillRecords(database, records);
  fillSeconds = round((performance.now() - startedMs) / 1_000);
});
try {
  const questions = await measureQuestions(stack);
  const ingestion = await measureIngestion(stack);
  const result = { records, fillSeconds, questions, ingestion, machine: machine() };
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  await writeResult('usage.json', JSON.stringify(result));
} finally {
  await stack.stop();
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}

/** Milliseconds of each question, over HTTP, of an organisation each time another: the median and the worst. */
async function measureQuestions({ url, serviceKey, signingSecret }: UsageStack) {
  const to = new Date().toISOString();
  const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const analytics = '/trueportai-services/api/v1/analytics';
  const asked: Readonly<Record<string, string>> = {
    'stats, 30 days by day': `${analytics}/stats?interval=day&from=${from}&to=${to}`,
    'stats, 30 days by day, by key': `${analytics}/stats?interval=day&group_by=key&from=${from}&to=${to}`,
    'stats, 30 days by hour': `${analytics}/stats?interval=hour&from=${from}&to=${to}`,
    'log, first page of 30 days': `${analytics}/logs?from=${from}&to=${to}`,
    'own requests, first page': '/api/v1/usage/requests',
  };
  const results: Record<string, { medianMs: number; worstMs: number }> = {};
  for (const [name, path] of Object.entries(asked)) {
    const times: number[] = [];
    for (let time = 0; time < rounds; time += 1) {
      const userId = memberId(time, 0);
      const tenantId = organisationId(time);
      const timestamp = Math.floor(Date.now() / 1_000);
      const signed = { method: 'GET', path: path.split('?', 1)[0] ?? path, userId, tenantId, timestamp };
      const startedMs = performance.now();
      const response = await fetch(url + path, {
        headers: {
          [HEADER.serviceKey]: serviceKey,
          [HEADER.userId]: userId,
          [HEADER.tenantId]: tenantId,
          [HEADER.gatewayTenantRole]: 'member',
          [HEADER.gatewayTenantEnv]: 'prod',
          [HEADER.gatewayTimestamp]: String(timestamp),
          [HEADER.gatewaySignatureV2]: signGatewayRequestV2(signingSecret, signed),
        },
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`);
      times.push(performance.now() - startedMs);
    }
    times.sort((a, b) => a - b);
    results[name] = { medianMs: round(times[Math.floor(times.length / 2)] ?? 0), worstMs: round(times.at(-1) ?? 0) };
  }
  return results;
}

/** Leaves full batches on the stream, as edges do, and waits until they are stored. */
async function measureIngestion({ redis, servicePid, postgresPid }: UsageStack) {
  const producer = randomUUID();
  for (let sequence = 1; sequence * RECORDS_PER_BATCH_MAX <= ingested; sequence += 1) {
    const text = JSON.stringify(batchOf(sequence));
    await redis.xadd(
      RECORDS_STREAM,
      '*',
      'v',
      RECORDS_FORMAT,
      'e',
      producer,
      'q',
      sequence,
      'n',
      RECORDS_PER_BATCH_MAX,
      'b',
      text,
    );
  }
  const before = await cpuSecondsOf(servicePid, postgresPid);
  const startedMs = performance.now();
  while ((await redis.xlen(RECORDS_STREAM)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = cpuBetween(before, await cpuSecondsOf(servicePid, postgresPid));
  return {
    records: ingested,
    recordsPerSecond: Math.round(ingested / seconds),
    cpuMicrosecondsPerRecord: round((cpu / ingested) * 1_000_000),
  };
}

function batchOf(sequence: number): RecordBatch {
  const callers = Array.from({ length: 64 }, (_value, place): CallerFacts => [
    'user',
    memberId(place, 0),
    organisationId(place),
    'prod',
    null,
    null,
    null,
    null,
    'pro',
  ]);
  return {
    t: Date.now(),
    c: callers,
    r: [['route-0', 'flash', 'private']],
    w: [['minute', 60, 60]],
    d: Array.from({ length: RECORDS_PER_BATCH_MAX }, (_value, place): RecordRow => {
      const requestId = `bench-${sequence}-${place}`;
      return [0, requestId, place % callers.length, 0, 'GET', 200, 1_400 + place, 900, 800, 0, 300, 0, 12, 30, 1, null];
    }),
  };
}
