import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { AggregatedResult, Reporter } from '@jest/reporters';

const FAILURES_SHOWN_MAX = 40;
const LINE_LENGTH_MAX = 240;

/**
 * Ends Jest's report with a line for each failure, so that the end of a long report that was cut names all of them, and with one line that people
 * and programs read alike: `12 passed, 0 failed`.
 */
export default class CountReporter implements Pick<Reporter, 'onRunComplete'> {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const failures = failureLines(results);
    const more = failures.length - FAILURES_SHOWN_MAX;
    const shown = [...failures.slice(0, FAILURES_SHOWN_MAX), ...(more > 0 ? [`… and ${more} more`] : [])];
    process.stdout.write(`${[...shown, countLine(results)].join('\n')}\n`);
  }
}

/** A file that could not run at all counts as one failure, so that it never looks like success. */
function countLine(results: AggregatedResult): string {
  const skipped = results.numPendingTests + results.numTodoTests;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** `✗ <file> › <test>: <the error's first line>` for each test that failed, and for each file that failed as a whole. */
function failureLines({ testResults }: AggregatedResult): string[] {
  return testResults.flatMap(({ testFilePath, testExecError, testResults: tests }) => {
    const file = path.relative(process.cwd(), testFilePath);
    return [
      ...(testExecError === undefined ? [] : [lineOf(file, testExecError.message)]),
      ...tests
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => lineOf(`${file} › ${fullName}`, failureMessages[0] ?? '')),
    ];
  });
}

function lineOf(what: string, message: string): string {
  const [first = ''] = stripVTControlCharacters(message).trim().split('\n');
  return `✗ ${what}: ${first}`.slice(0, LINE_LENGTH_MAX);
}
