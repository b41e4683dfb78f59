import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut } from '../api/problem.ts';

/** How long what was asked for is taken for new, in milliseconds. */
const FRESH_MS = 10_000;

/** The client repeats what may be repeated itself, so a query is not. A refused session makes every screen ask who is signed in. */
export const queryClient: QueryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: FRESH_MS, retry: retryOnce, retryDelay: 0, refetchOnWindowFocus: true } },
  queryCache: new QueryCache({
    onError: (error) => {
      if (isSignedOut(error)) void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  }),
});

/** A token that was refused is replaced for the next call, which is this one once more. */
function retryOnce(failures: number, error: Error): boolean {
  return failures === 0 && isSignedOut(error);
}
