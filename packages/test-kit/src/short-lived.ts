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

/** The same for Node's command line, and a heap that is large from the first: else it is marked and swept several times on its way there. */
export const SHORT_LIVED_FLAGS: readonly string[] = [
  ...UNOPTIMISED_WASM,
  '--initial-heap-size=128',
  '--no-memory-reducer',
];

/** Sets in this process what a running one can still take. What is compiled already stays as it is, so it is called first. */
export function livesShortly(): void {
  for (const flag of UNOPTIMISED_WASM) v8.setFlagsFromString(flag);
}
