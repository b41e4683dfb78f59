import v8 from 'node:v8';

/**
 * V8's options for processes that end after seconds. Prisma's engine is WebAssembly, and V8 optimises what of it ran a few times: for a service that a
 * test starts, a seventh of all of its processor time, which none of them lives long enough to get back.
 */
export const SHORT_LIVED_FLAGS: readonly string[] = [
  '--no-wasm-dynamic-tiering',
  '--no-wasm-tier-up',
  '--wasm-lazy-validation',
];

/** Sets them in this process. What runs already stays as it is, so it is called before anything is compiled. */
export function livesShortly(): void {
  for (const flag of SHORT_LIVED_FLAGS) v8.setFlagsFromString(flag);
}
