import { Counter } from '@prometheus-io/client';
import type { Metrics } from '@turnpike/service-kit';
import type { AppleTools } from './purchases.ts';
import type { AppleSettings } from './settings.ts';
import { createAppStoreReader } from './signed-data.ts';

/** What purchases in the App Store are taken with; `undefined` where no app is named. */
export function createAppleTools(
  { config, ...rest }: Pick<AppleTools, 'config' | 'database' | 'logger'> & { readonly config: AppleSettings },
  metrics: Metrics,
): AppleTools | undefined {
  const appStore = createAppStoreReader(config);
  if (appStore === undefined) return undefined;
  const events = new Counter({
    name: 'turnpike_apple_notifications_total',
    help: 'Notifications of the App Store by what came of them.',
    labelNames: ['outcome'],
    registers: [metrics.registry],
  });
  return { ...rest, config, appStore, events };
}
