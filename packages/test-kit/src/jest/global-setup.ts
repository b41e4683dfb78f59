import { openBundlesFolder } from '../bundles/bundled.ts';
import { startRunStores } from './run-stores.ts';
import type { RunStores } from './run-stores.ts';
import { openSeenFolder } from './seen-answers.ts';
import { publishStoreUrl } from './store-urls.ts';

declare global {
  // `var` is the only way to declare a property of the global object, which is all that setup and teardown share.
  var turnpikeRunStores: RunStores | undefined;
}

/** Runs once before all test files. */
export default async function globalSetup(): Promise<void> {
  await Promise.all([openSeenFolder(), openBundlesFolder()]);
  const stores = await startRunStores();
  globalThis.turnpikeRunStores = stores;
  publishStoreUrl('postgres', stores.postgresUrl);
  publishStoreUrl('redis', stores.redisUrl);
}
