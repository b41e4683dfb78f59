/** How the URLs of the run's stores reach the test workers, which are other processes. */
const variables = { postgres: 'TURNPIKE_TEST_POSTGRES_URL', redis: 'TURNPIKE_TEST_REDIS_URL' } as const;

/** Makes a store's URL known to the workers that start after this. */
export function publishStoreUrl(store: keyof typeof variables, url: string): void {
  process.env[variables[store]] = url;
}

/** The URL of a store of this run. Throws outside of a run that `globalSetup` prepared. */
export function storeUrl(store: keyof typeof variables): string {
  const url = process.env[variables[store]];
  if (url === undefined) throw new Error(`${variables[store]} is not set: run tests with "npx -y pnpm@12 test:only"`);
  return url;
}
