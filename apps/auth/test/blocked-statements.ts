import type { Query } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';

/** Waits until so many sessions of this database wait for a lock: the moment at which a race can be decided. */
export async function waitForBlocked(query: Query, sessions: number): Promise<void> {
  await waitFor(async () => {
    const waiting = await query(
      `SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND a.datname = current_database()`,
    );
    return waiting.length === sessions;
  });
}
