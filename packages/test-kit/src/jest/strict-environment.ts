import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';
import { recordAnswers } from './seen-answers.ts';

/** How long a file's last handles may take to close; most are gone at once. */
const GRACE_MS = 10_000;
const POLL_MS = 10;

/**
 * The Node environment, with one rule on top: when a file ends, whatever it opened is closed. An open socket, server,
 * child process or timer fails the file and is named. What its tests were answered over HTTP is kept for `documented-reporter.ts`.
 */
export default class StrictEnvironment extends TestEnvironment {
  readonly #endRecording: (() => Promise<void>) | undefined;
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

  override async teardown(): Promise<void> {
    const giveUpAt = Date.now() + GRACE_MS;
    let left = newResources(this.#before);
    while (left.length > 0 && Date.now() < giveUpAt) {
      await sleep(POLL_MS, undefined, { ref: false });
      left = newResources(this.#before);
    }
    await this.#endRecording?.();
    await super.teardown();
    if (left.length > 0) throw new Error(`This file left handles open: ${left.join(', ')}. Close what it opened.`);
  }
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
