import { afterAll, beforeAll } from '@jest/globals';
import { startTempStack, type TempStack } from './temp-stack.ts';

const START_TIMEOUT_MS = 900_000;

let started: TempStack;
beforeAll(async () => {
  started = await startTempStack();
}, START_TIMEOUT_MS);
afterAll(() => started.dispose(), START_TIMEOUT_MS);

/**
 * The one stack with the default settings that the tests of a file share, from its hooks on. To start a stack takes longer than most of what is
 * tested on one.
 */
export function defaultStack(): TempStack {
  return started;
}
