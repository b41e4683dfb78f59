import { describe } from '@jest/globals';

/**
 * Runs the tests of several files, by their names, as one file of Jest's: each keeps stores and services of its own, but they load their modules
 * once. To load those of a service takes longer than most of its tests.
 */
export function inOneFile(tests: Readonly<Record<string, () => void>>): void {
  describe.each(Object.entries(tests))('%s', (_name, define) => define());
}
