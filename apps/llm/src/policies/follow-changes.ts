import { startPollLoop, type Logger, type PollLoop } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import type { PolicySets } from './policy-sets.ts';
import { changedSince, lastRevision } from './stores/revisions.ts';

/** How often changes are asked for, in milliseconds. */
const POLL_MS = 250;

/** Follows changes of policies, whoever made them: sets that have changed are forgotten (ADR 32). */
export function followChanges(database: Database, sets: PolicySets, logger: Logger): PollLoop {
  let known: bigint | undefined;
  return startPollLoop({
    name: 'following changes of policies',
    everyMs: POLL_MS,
    logger,
    async round() {
      const last = await lastRevision(database);
      if (known === last) return false;
      // At the start, and where the database is an older one.
      if (known === undefined || last < known) {
        sets.forgetAll();
        known = last;
        return false;
      }
      const changes = await changedSince(database, known);
      for (const change of changes) sets.forget(change);
      known = changes.at(-1)?.revision ?? last;
      return known < last;
    },
  });
}
