import { readFileSync } from 'node:fs';
import type { AggregatedResult, Reporter } from '@jest/reporters';
import { reportOf, sightOf, type Document } from './documented-answers.ts';
import { readSeenAnswers } from './seen-answers.ts';

/** Documented answers that the whole of the tests sees at least. It only rises: the report says when it can. */
const SEEN_FLOOR = 1_300;
/** A few answers depend on what happens at the same time, such as 503 while a service starts. */
const CHANCE = 20;
const DOCUMENT = new URL('../../../../docs/openapi.json', import.meta.url);

/** What of Jest's settings chooses tests. */
interface Choice {
  readonly testPathPatterns: { isSet: () => boolean };
  readonly testNamePattern?: string | undefined;
  readonly onlyChanged: boolean;
  readonly findRelatedTests: boolean;
  readonly runTestsByPath: boolean;
  readonly shard?: unknown;
}

/** After a run of all tests: reports which documented answers no test has seen, and fails the run where they are more than before. */
export default class DocumentedReporter implements Pick<Reporter, 'onRunComplete' | 'getLastError'> {
  readonly #isWhole: boolean;
  #error: Error | undefined;

  constructor(choice: Choice) {
    const { testPathPatterns, testNamePattern, onlyChanged, findRelatedTests, runTestsByPath, shard } = choice;
    this.#isWhole =
      !testPathPatterns.isSet() &&
      !testNamePattern &&
      !onlyChanged &&
      !findRelatedTests &&
      !runTestsByPath &&
      shard === undefined;
  }

  async onRunComplete(_contexts: unknown, { numFailedTestSuites, wasInterrupted }: AggregatedResult): Promise<void> {
    if (!this.#isWhole || wasInterrupted) return;
    const sight = sightOf(JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document, await readSeenAnswers());
    const { length: seen } = sight.seen;
    const total = seen + sight.unseen.length;
    process.stdout.write(`\nDocumented answers that tests saw: ${seen} of ${total}. Not seen:\n${reportOf(sight)}\n`);
    if (seen >= SEEN_FLOOR + 2 * CHANCE)
      process.stdout.write(`SEEN_FLOOR in documented-reporter.ts can be raised to ${seen - CHANCE}.\n`);
    // What failed did not see all that it sees otherwise.
    if (seen >= SEEN_FLOOR || numFailedTestSuites > 0) return;
    this.#error = new Error(`Tests saw ${seen} documented answers; before, they saw ${SEEN_FLOOR}.`);
    // Jest fails for it and says nothing.
    process.stdout.write(`${this.#error.message}\n`);
  }

  getLastError(): Error | undefined {
    return this.#error;
  }
}
