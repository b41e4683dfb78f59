import type { Operations } from '@turnpike/client';

/** A price as operators see it. */
export type Price = Operations['credits.adminListPrices']['answers']['items'][number];
