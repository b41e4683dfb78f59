import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

/**
 * `pnpm test`: everything that must hold, in the order in which a failure is cheapest to understand. Runs all of it even
 * when one fails, and ends with one line, `N passed, N failed`, in which each check counts as one.
 */
const CHECKS = [
  { name: 'generated code', script: 'generate' },
  { name: 'formatting', script: 'format:check' },
  { name: 'types', script: 'typecheck' },
  { name: 'lint', script: 'lint' },
  { name: 'dependency rules', script: 'check:deps' },
  { name: 'unused code', script: 'check:unused' },
] as const;

/** After its last line Jest only has its stores to stop. If it takes longer, something was left open. */
const JEST_EXIT_TIMEOUT_MS = 180_000;
const COUNT_PATTERN = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m;

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];

for (const { name, script } of CHECKS) {
  const startedAt = Date.now();
  // `node --run` runs a script of package.json with node_modules/.bin on PATH.
  const { exitCode, output } = await run(['--run', script], () => undefined);
  record(name, exitCode === 0);
  say(`${exitCode === 0 ? '✓' : '✗'} ${name} (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)`);
  if (exitCode !== 0) say(output.trimEnd());
}

const tests = await run(
  // As the script `jest` of package.json says it, whose heap each worker has too.
  [
    '--initial-heap-size=512',
    '--disable-warning=ExperimentalWarning',
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
  ],
  (text) => process.stdout.write(text),
  JEST_EXIT_TIMEOUT_MS,
);
const counts = COUNT_PATTERN.exec(tests.output);
totals.passed += Number(counts?.[1] ?? 0);
totals.failed += Number(counts?.[2] ?? 0);
totals.skipped += Number(counts?.[3] ?? 0);
// What a file leaves open fails that file (jest/strict-environment.ts). Jest's own word on it is about half a second of a busy machine.
if (counts === null) record('tests (they ended without a result)', false);
else if (tests.exitCode !== 0) failures.push('tests');

if (failures.length > 0) say(`\nFailed: ${failures.join(', ')}`);
// Again what count-reporter.ts has said: Jest's own summary, which may be long, came in between.
for (const [line] of tests.output.matchAll(/^✗ .+$/gm)) say(line);
if (tests.exitCode !== 0 && totals.failed === 0) totals.failed = 1;
say(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
process.exit(totals.failed === 0 ? 0 : 1);

function record(name: string, passed: boolean): void {
  totals[passed ? 'passed' : 'failed'] += 1;
  if (!passed) failures.push(name);
}

/** Runs Node with `args`. With `exitTimeoutMs`, it must end that soon after the line with the counts. */
async function run(args: readonly string[], onText: (text: string) => void, exitTimeoutMs?: number): Promise<Outcome> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  let output = '';
  let overdue: NodeJS.Timeout | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      output += text;
      onText(text);
      if (exitTimeoutMs === undefined || overdue !== undefined || !COUNT_PATTERN.test(output)) return;
      overdue = setTimeout(() => {
        say(`\nThe test run did not end within ${exitTimeoutMs / 1_000} s of its last test: something was left open.`);
        child.kill('SIGTERM');
      }, exitTimeoutMs);
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  clearTimeout(overdue);
  return { exitCode, output };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
