import { observeMachine, writeResult } from '../results.ts';
import { startContenders, type Contenders } from './contenders.ts';
import { findCores } from './cores.ts';
import { measureCpu } from './measure-cpu.ts';
import { measureMemory } from './measure-memory.ts';
import { measureRevocation } from './measure-revocation.ts';
import { measureSse } from './measure-sse.ts';
import { measureLatency, measureMetered } from './measure-suite.ts';
import { measureWorkers } from './measure-workers.ts';
import { readOptions } from './options.ts';
import { plotCpu } from './plot.ts';
import { cpuRows, markdown, suiteRows, type Findings } from './report.ts';
import { startBenchStack } from './stack.ts';

/** The edge beside what people would use instead, and the figures of the whole suite, in one run. See bench/README.md. */

const options = readOptions();
const startedAt = new Date();
const observed = observeMachine();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const seconds = (): string => `${Math.round((Date.now() - startedAt.getTime()) / 1_000)} s`;

const cores = await findCores();
// Ctrl-C reaches the stack through us: nothing is left running.
const interrupted = new Promise<never>((_resolve, reject) =>
  process.once('SIGINT', () => reject(new Error('interrupted'))),
);
interrupted.catch(() => {});

const stack = await startBenchStack();
let contenders: Contenders | undefined;
let findings: Findings = {};
try {
  await Promise.race([measureAll(), interrupted]);
} finally {
  await contenders?.stop();
  await stack.stop();
}
await report();
process.exit(0);

async function measureAll(): Promise<void> {
  const { only } = options;
  if (only.has('metered')) {
    // The whole suite on both cores, before anything is pinned.
    findings = { ...findings, metered: await measureMetered(stack, options) };
    say(`metered requests: done after ${seconds()}`);
  }
  await cores.toLoadCore([process.pid, ...stack.behindTheEdge]);
  await cores.toProxyCore([stack.edge.pid]);
  if (only.has('latency')) {
    findings = { ...findings, latency: await measureLatency(stack, options) };
    say(`latency: done after ${seconds()}`);
  }
  if (only.has('revocation')) {
    findings = { ...findings, revocation: await measureRevocation(stack, options) };
    say(`revocation: done after ${seconds()}`);
  }
  if (only.has('sse')) {
    findings = { ...findings, sse: await measureSse(stack, options) };
    say(`event streams: done after ${seconds()}`);
  }
  if (only.has('workers')) {
    findings = { ...findings, workers: await measureWorkers(stack, cores, options) };
    say(`workers: done after ${seconds()}`);
  }
  if (only.has('memory')) {
    findings = { ...findings, memory: await measureMemory(stack, options, say) };
    say(`memory: done after ${seconds()}`);
  }
  if (only.has('cpu')) {
    contenders = await startContenders(stack);
    if (contenders.nginx === undefined) say('nginx with auth_request is not installed, so it is not compared');
    // What was started just now inherited our core; the proxies go to theirs, and the stub behind nginx stays.
    await cores.toProxyCore(contenders.all.map(({ pid }) => pid));
    findings = { ...findings, cpu: await measureCpu(stack, contenders.all, options, say) };
    say(`CPU: done after ${seconds()}`);
  }
}

async function report(): Promise<void> {
  const { only, ...numbers } = options;
  const machine = { ...observed(), nginx: contenders?.nginx, pinned: cores.pinned };
  const tables = [markdown(cpuRows(findings.cpu ?? [])), markdown(suiteRows(findings))].filter((table) => table !== '');
  process.stdout.write(
    `\n${tables.join('\n\n')}\n\n${startedAt.toISOString()}, took ${seconds()}; ${JSON.stringify(machine)}\n`,
  );
  await writeResult(
    'edge.json',
    `${JSON.stringify({ startedAt, options: { ...numbers, only: [...only] }, machine, findings }, null, 2)}\n`,
  );
  if (findings.cpu !== undefined) {
    await writeResult(
      'edge.svg',
      plotCpu(
        findings.cpu,
        `CPU per request, median of ${options.rounds} rounds (${startedAt.toISOString().slice(0, 10)})`,
      ),
    );
  }
}
