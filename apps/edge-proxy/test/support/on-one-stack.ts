import { afterAll, beforeAll, beforeEach, describe, test } from '@jest/globals';
import { startStack, type EdgeStack } from './stack.ts';

/** Tests of one subject, on the stack that it is handed once tests run. They change nothing of it that others rely on. */
export type StackTests = (shared: () => EdgeStack) => void;

/** Runs the tests of several files, by their names, on one stack with the default settings: starting one takes longer than most of them. */
export function onOneStack(tests: Readonly<Record<string, StackTests>>): void {
  let stack: EdgeStack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());
  beforeEach(() => stack.upstream.reset());

  describe.each(Object.entries(tests))('%s', (_name, define) => define(() => stack));

  test('after all of it the ledger verifies', () => stack.verify());
}
