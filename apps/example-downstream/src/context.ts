import type { PollLoop, Query } from '@turnpike/service-kit';
import type { MomentStore } from './stores/moment-store.ts';
import type { TimepointStore } from './stores/timepoint-store.ts';

/** What the routes work with. */
export interface Context {
  readonly timepoints: TimepointStore;
  readonly moments: MomentStore;
  readonly finisher: Pick<PollLoop, 'kick'>;
  readonly query: Query;
  /** How long each step of a rendering takes, in milliseconds. */
  readonly stepMs: number;
  /** Heed `simulate` in request bodies. */
  readonly simulate: boolean;
}
