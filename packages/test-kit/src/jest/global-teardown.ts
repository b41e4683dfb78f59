import { removeBundlesFolder } from '../bundles/bundled.ts';
import { removeSeenFolder } from './seen-answers.ts';

/** Runs once after all test files. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all([globalThis.turnpikeRunStores?.stop(), removeSeenFolder(), removeBundlesFolder()]);
}
