import type { Request, RequestHandler } from 'express';
import { AppError } from '@turnpike/service-kit';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Refuses acts that no page of the console asked for. Browsers say where a request comes from (Fetch Metadata): exactly `same-origin` will do, since a
 * cookie knows no ports and `same-site` may be another one. Where they do not say, `Origin` has to be ours; with neither it is refused.
 *
 * @param ownOrigin the console's origin, where it is set
 */
export function sameOriginOnly(ownOrigin: string | undefined): RequestHandler {
  return (request, _response, next) => {
    if (READING.has(request.method) || isOwn(request, ownOrigin)) next();
    else next(new AppError('auth.forbidden', { detail: 'This was not asked for by a page of the console.' }));
  };
}

const OTHER_SITES: ReadonlySet<string | undefined> = new Set(['same-site', 'cross-site']);

/**
 * Refuses what pages of other origins want to read of a visitor: they would see no answer, but how long it takes and how large it is. Another port of the
 * host is `same-site`, and has the cookie sent. Whoever types an address, and programmes that say nothing, are no page.
 */
export const readByOwnPages: RequestHandler = (request, _response, next) => {
  if (OTHER_SITES.has(request.get('sec-fetch-site')))
    next(new AppError('auth.forbidden', { detail: 'This was not asked for by a page of the console.' }));
  else next();
};

function isOwn(request: Request, ownOrigin: string | undefined): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('origin');
  return origin !== undefined && origin === (ownOrigin ?? `${request.protocol}://${request.get('host') ?? ''}`);
}
