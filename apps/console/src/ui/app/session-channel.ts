import type { SessionView } from '../../shared/session-view.ts';
import { sessionQuery } from '../api/session.ts';
import { queryClient } from './query-client.ts';

const channel = new BroadcastChannel('turnpike session');

/** Tells the other tabs that somebody signed in or out: they have the same cookie, and may show what is somebody else's now. */
export function tellOtherTabs(): void {
  channel.postMessage('changed');
}

/** Looks again who is signed in when another tab says so, or when a page comes back out of the browser's memory; where it is somebody else, begins anew. */
export function watchSession(): void {
  const look = async (): Promise<void> => {
    const before = personIn(queryClient.getQueryData(sessionQuery.queryKey));
    if (before === undefined) return;
    const now = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).then(personIn, () => before);
    if (now !== before) globalThis.location.reload();
  };
  channel.addEventListener('message', () => void look());
  globalThis.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) void look();
  });
}

function personIn(session: SessionView | undefined): string | undefined {
  return session?.signed_in === true ? session.me.id : undefined;
}
