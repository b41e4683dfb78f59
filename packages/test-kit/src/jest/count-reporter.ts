import type { AggregatedResult, Reporter } from '@jest/reporters';

/** Ends Jest's report with one line that people and programs read alike: `12 passed, 0 failed`. */
export default class CountReporter implements Pick<Reporter, 'onRunComplete'> {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    process.stdout.write(`${countLine(results)}\n`);
  }
}

/** A file that could not run at all counts as one failure, so that it never looks like success. */
function countLine(results: AggregatedResult): string {
  const skipped = results.numPendingTests + results.numTodoTests;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
