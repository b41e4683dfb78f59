import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { cpuBetween, cpuSecondsOf } from '../cpu.ts';
import { rssMiBOf } from '../million/stack.ts';
import { quantile } from '../statistics.ts';
import type { LlmStack, Target } from './stack.ts';
import { readStream, type StreamOf, type StreamTimes } from './stream.ts';

/** Quantiles of a sample, in milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface LatencyRound {
  readonly first: Quantiles;
  readonly whole: Quantiles;
}

/** Streams opened at once, so that no backlog overflows. */
const OPENING = 50;
/** What memory is read after, so that what opening took has been given back, in milliseconds. */
const SETTLING_MS = 3_000;

/** So many calls by so many clients, each of a few pieces that come at once. */
export async function measureLatency(
  target: Target,
  calls: number,
  clients: number,
  stream: StreamOf,
  dispatcher: Dispatcher,
): Promise<LatencyRound> {
  const times = await callAll(target, calls, clients, stream, dispatcher);
  return {
    first: quantilesOf(times.map(({ firstMs }) => firstMs)),
    whole: quantilesOf(times.map(({ wholeMs }) => wholeMs)),
  };
}

/** Microseconds of CPU that one more event costs each process: calls of many events less as many calls of one, divided by the events. */
export async function measureEventCpu(
  { gateway, pids }: LlmStack,
  calls: number,
  events: number,
  dispatcher: Dispatcher,
): Promise<{ readonly edge: number; readonly llm: number }> {
  const used = async (each: number) => {
    const before = [await cpuSecondsOf(pids.edge), await cpuSecondsOf(pids.llm)];
    await callAll(gateway, calls, 1, { events: each, intervalMs: 0 }, dispatcher);
    return [
      cpuBetween(before[0], await cpuSecondsOf(pids.edge)),
      cpuBetween(before[1], await cpuSecondsOf(pids.llm)),
    ] as const;
  };
  const [one, many] = [await used(1), await used(events)];
  const each = (process: 0 | 1): number => ((many[process] - one[process]) / (calls * (events - 1))) * 1e6;
  return { edge: each(0), llm: each(1) };
}

/** From the vendor's writing of an event to the client's reading, of many streams at once. */
export async function measureDelay(
  target: Target,
  streams: number,
  stream: StreamOf,
  dispatcher: Dispatcher,
): Promise<Quantiles> {
  const times = await callAll(target, streams, streams, stream, dispatcher);
  return quantilesOf(times.flatMap(({ delaysMs }) => delaysMs));
}

/** KiB of resident memory that an open stream costs each process. */
export async function measureMemory(
  { gateway, pids }: LlmStack,
  streams: number,
  dispatcher: Dispatcher,
): Promise<Readonly<Record<string, number>>> {
  const resident = async () => [await rssMiBOf(pids.edge), await rssMiBOf(pids.llm)] as const;
  const before = await resident();
  const ended: Promise<StreamTimes>[] = [];
  // The second piece comes when all have been open for a while.
  const stream = { events: 2, intervalMs: SETTLING_MS + streams * 20 };
  for (let opened = 0; opened < streams; opened += OPENING) {
    const begun = Array.from(
      { length: Math.min(OPENING, streams - opened) },
      () =>
        new Promise<void>((resolve, reject) => {
          const reading = readStream(gateway, stream, dispatcher, resolve);
          reading.catch(reject);
          ended.push(reading);
        }),
    );
    await Promise.all(begun);
  }
  await sleep(SETTLING_MS);
  const during = await resident();
  await Promise.all(ended);
  const each = (process: 0 | 1): number => ((during[process] - before[process]) * 1_024) / streams;
  return { 'edge KiB': each(0), 'llm KiB': each(1), 'edge MiB': during[0], 'llm MiB': during[1] };
}

async function callAll(
  target: Target,
  calls: number,
  clients: number,
  stream: StreamOf,
  dispatcher: Dispatcher,
): Promise<StreamTimes[]> {
  const times: StreamTimes[] = [];
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun < calls) {
      begun += 1;
      times.push(await readStream(target, stream, dispatcher));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

function quantilesOf(sample: readonly number[]): Quantiles {
  const ascending = sample.toSorted((a, b) => a - b);
  return { p50: quantile(ascending, 0.5), p99: quantile(ascending, 0.99), worst: quantile(ascending, 1) };
}
