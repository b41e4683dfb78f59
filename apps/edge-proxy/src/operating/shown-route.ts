import type { adminListRoutes, Output } from '@turnpike/contracts';
import type { Route } from '../domain/route.ts';

/** A route as operators see it. */
export function shownRoute(
  { id, methods, pattern, access, apiKeys, scope, upstream, charge, limit }: Route,
  fromFile: boolean,
): Output<typeof adminListRoutes>['items'][number] {
  const [window] = limit?.windows ?? [];
  return {
    id,
    source: fromFile ? 'file' : 'turnpike',
    methods: methods === undefined ? null : [...methods],
    path: pattern.source,
    access,
    api_keys: apiKeys,
    scope: scope ?? null,
    upstream,
    operation: charge?.operation ?? null,
    limit:
      limit === undefined || window === undefined
        ? null
        : `${window.limit} in ${window.lengthMs / 1_000} s per ${limit.per}`,
  };
}
