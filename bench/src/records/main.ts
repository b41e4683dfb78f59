import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { observeMachine, writeResult } from '../results.ts';

/**
 * What the record of a request costs the edge: the very code that the edge runs, with exchanges of the usual form, against the same loop without
 * it, in turns. CPU of this process, in microseconds a request, and what a record allocates; what Redis takes of the text is left out.
 */

/** The part of the edge's code that is called. It is loaded by its path: nothing may be built upon an app. */
interface Records {
  add(exchange: object, ending: { status: number; durationMs: number; nowMs: number }): void;
  flush(): void;
}
interface RecordsModule {
  readonly RequestRecords: new (options: { onBatch: (records: number, text: string) => void }) => Records;
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, requests: { type: 'string', default: '200000' } },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
/** Callers that take turns, as in the edge's own measurement. */
const CALLERS = 64;

const modulePath = new URL('../../../apps/edge-proxy/src/records/request-records.ts', import.meta.url).href;
const { RequestRecords } = (await import(modulePath)) as RecordsModule;

const id = (index: number): string => `01890000-0000-7000-8000-${String(index).padStart(12, '0')}`;
const windows = [
  { name: 'minute', limit: 10, lengthMs: 60_000 },
  { name: 'day', limit: 100, lengthMs: 86_400_000 },
];
const route = { id: 'clockchain', upstream: 'clockchain', pattern: { source: '/api/v1/clockchain/*rest' } };
const callers = Array.from({ length: CALLERS }, (_value, index) => ({
  kind: 'user',
  principal: { userId: id(index), sessionId: id(index + CALLERS), tier: 'free', organisation: undefined },
}));

/** A request that was answered, with what the edge's exchange holds of it. */
function exchangeOf(index: number): object {
  const startedMs = index / 10;
  return {
    request: { method: 'GET' },
    requestId: id(index),
    route,
    upstream: { addressClass: 'private' },
    caller: callers[index % CALLERS],
    presented: undefined,
    decision: {
      states: windows.map((window) => ({ window, remaining: index % window.limit, resetAtMs: 60_000 })),
      nowMs: 0,
      degraded: false,
    },
    hold: undefined,
    charge: undefined,
    refusal: undefined,
    failure: undefined,
    startedMs,
    attemptMs: startedMs + 0.2,
    firstByteMs: startedMs + 1.1,
    answeredMs: startedMs + 1.2,
    requestBytes: 0,
    responseBytes: 312,
    attempts: 1,
  };
}

const machine = observeMachine();
let bytes = 0;
function cpuOf(records: Records | undefined): number {
  const before = process.cpuUsage();
  for (let index = 0; index < requests; index += 1) {
    const exchange = exchangeOf(index);
    records?.add(exchange, { status: 200, durationMs: 1.4, nowMs: 1_764_000_000_000 + index / 10 });
    if (records === undefined) bytes += Object.keys(exchange).length === 0 ? 1 : 0;
  }
  records?.flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

/** Bytes between two samples of what is allocated; so small that the figure differs little from run to run. */
const SAMPLE_BYTES = 256;

/** Bytes that the loop allocates for a request, by V8's sampling of the heap, what was collected meanwhile included. */
async function allocatedBy(records: Records | undefined): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  cpuOf(records);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const sizeOf = ({ selfSize, children }: typeof profile.head): number =>
    children.reduce((sum, child) => sum + sizeOf(child), selfSize);
  return sizeOf(profile.head) / requests;
}

const on: number[] = [];
const off: number[] = [];
for (let round = -2; round < rounds; round += 1) {
  const records = new RequestRecords({ onBatch: (_count, text) => (bytes += text.length) });
  const measured = { off: cpuOf(undefined), on: cpuOf(records) };
  // The first rounds warm the JIT up.
  if (round < 0) bytes = 0;
  else {
    on.push(measured.on);
    off.push(measured.off);
  }
}

const bytesPerRecord = Math.round(bytes / (requests * rounds));
const allocated = await allocatedBy(new RequestRecords({ onBatch: (_count, text) => (bytes += text.length) }));
const allocatedPerRecord = Math.round(allocated - (await allocatedBy(undefined)));

const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
const costs = on.map((figure, round) => figure - (off[round] ?? 0));
const rounded = (figure: number): number => Math.round(figure * 100) / 100;
const result = {
  cpuMicrosecondsPerRequest: rounded(median(costs)),
  spread: [rounded(Math.min(...costs)), rounded(Math.max(...costs))],
  bytesPerRecord,
  allocatedPerRecord,
  rounds,
  requests,
  machine: machine(),
};
process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
await writeResult('records.json', JSON.stringify(result));
