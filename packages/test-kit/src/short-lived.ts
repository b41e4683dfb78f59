import v8 from 'node:v8';

/**
 * V8's options for processes that end after seconds. Prisma's engine is WebAssembly, and V8 optimises what of it ran a few times: for a service that a
 * test starts, a seventh of all of its processor time, which none of them lives long enough to get back.
 */
const UNOPTIMISED_WASM: readonly string[] = [
  '--no-wasm-dynamic-tiering',
  '--no-wasm-tier-up',
  '--wasm-lazy-validation',
];

/**
 * For Node's command line: young objects have room, so that they are collected seldom, and no other thread waits to help with it. V8 refuses compiled
 * code that was made under other options, Node's own modules among it; those that stand here are none that it compares.
 */
export const SHORT_LIVED_FLAGS: readonly string[] = [
  '--min-semi-space-size=32',
  '--single-threaded-gc',
  '--no-memory-reducer',
];

/** Sets in this process what a running one can still take. What is compiled already stays as it is, so it is called first. */
export function livesShortly(): void {
  for (const flag of UNOPTIMISED_WASM) v8.setFlagsFromString(flag);
}

/** The same as the first statements of a program in one file: by then its compiled code and that of Node's modules is read. */
export const LIVES_SHORTLY = `
import { setFlagsFromString as setOptionOfV8 } from 'node:v8';
${JSON.stringify(UNOPTIMISED_WASM)}.forEach((option) => setOptionOfV8(option));
`;
