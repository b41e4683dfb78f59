import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { TestEnvironment } from 'jest-environment-node';
import { livesShortly } from '../short-lived.ts';
import { keepCompiledCode } from './compiled-code.ts';
import { recordAnswers } from './seen-answers.ts';

/** How long a file's last handles may take to close; most are gone at once. */
const GRACE_MS = 40_000;
const POLL_MS = 10;

// Here, since every worker loads this file once.
livesShortly();
keepCompiledCode();

/**
 * The Node environment, with one rule on top: when a file ends, whatever it opened is closed. An open socket, server,
 * child process or timer fails the file and is named. What its tests were answered over HTTP is kept for `documented-reporter.ts`.
 */
export default class StrictEnvironment extends TestEnvironment {
  readonly #endRecording: (() => Promise<void>) | undefined;
  readonly #failures: string[] = [];
  #before: ReadonlyMap<string, number> = new Map();

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given);
    // Tests of packages speak to made-up servers, whose answers prove nothing.
    if (!given[1].testPath.includes(`${path.sep}packages${path.sep}`)) this.#endRecording = recordAnswers();
  }

  override async setup(): Promise<void> {
    await super.setup();
    // Node opens these pipes when they are first used; that is not the file's doing.
    void process.stdin;
    void process.stdout;
    void process.stderr;
    this.#before = countResources();
  }

  /** Keeps what failed, since Jest shows only the error of the teardown where there is one, and the first is often its cause. */
  handleTestEvent({ name, error, test }: TestEvent): void {
    if (name === 'error' || name === 'hook_failure') this.#failures.push(inspect(error));
    if (name === 'test_fn_failure' && test !== undefined) this.#failures.push(`${test.name}: ${inspect(error)}`);
  }

  override async teardown(): Promise<void> {
    const giveUpAt = Date.now() + GRACE_MS;
    let left = newResources(this.#before);
    while (left.length > 0 && Date.now() < giveUpAt) {
      await sleep(POLL_MS, undefined, { ref: false });
      left = newResources(this.#before);
    }
    await this.#endRecording?.();
    await super.teardown();
    if (left.length === 0) return;
    const told = [`This file left handles open: ${left.join(', ')}. Close what it opened.`, ...(await children())];
    throw new Error([...told, ...this.#failures].join('\n'));
  }
}

/** What is read of the events of jest-circus. */
interface TestEvent {
  readonly name: string;
  readonly error?: unknown;
  readonly test?: { readonly name: string };
}

/** The command lines of the processes that this one has, where the system tells them. */
async function children(): Promise<string[]> {
  const pids = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '');
  return await Promise.all(
    pids
      .split(' ')
      .filter(Boolean)
      .map(async (pid) => {
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return `child ${pid}: ${line.replaceAll('\0', ' ')}`;
      }),
  );
}

/** Resources that keep the process alive, by kind. Those that do not (`unref`) are not counted. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function newResources(before: ReadonlyMap<string, number>): string[] {
  return [...countResources()]
    .map(([kind, count]) => ({ kind, extra: count - (before.get(kind) ?? 0) }))
    .filter(({ extra }) => extra > 0)
    .map(({ kind, extra }) => `${extra} × ${kind}`);
}
