import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import type { SessionView } from '../../shared/session-view.ts';
import { readSession } from './client.ts';

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: readSession,
  staleTime: Infinity,
  retry: 1,
});

export type SignedIn = Extract<SessionView, { readonly signed_in: true }>;

/** Who is signed in; only for screens that nobody else sees. */
export function useSignedIn(): SignedIn {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!data.signed_in) throw new Error('nobody is signed in');
  return data;
}
