import { looksLikeApiKey, slugFault } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';

/**
 * The organisation that a session asks to act within by `X-Tenant-Slug`, as if it had selected it: for trying things out, so it is not read in
 * production. Throws 422 for what can be no slug. `undefined` where nothing is asked, for keys, which have one or none of their own, and on routes about the person.
 */
export function wantedTenant(
  { headers }: Exchange,
  route: Route,
  credential: string,
  { production }: Pick<Edge['config'], 'production'>,
): string | undefined {
  if (production) return undefined;
  const slug = headers.get('x-tenant-slug');
  if (slug === undefined || slug === '' || !route.acceptsScoped || looksLikeApiKey(credential)) return undefined;
  const wanted = slug.trim().toLowerCase();
  if (slugFault(wanted) !== 'invalid') return wanted;
  const message = 'Must be the slug of an organisation';
  throw new AppError('request.invalid', {
    detail: `X-Tenant-Slug: ${message}`,
    errors: [{ path: 'headers.x-tenant-slug', message }],
  });
}
