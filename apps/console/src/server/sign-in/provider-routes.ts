import { Router, type Request } from 'express';
import { signInProvider } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { ATTEMPT_LIFE_MS } from './attempts.ts';
import { beginSession } from './routes.ts';

/** Where the gateway sends the browser back; `AUTH_REDIRECT_URIS` has to list it. */
const RETURN_PATH = '/sign-in/return';

/** `GET /sign-in/with/:provider` leaves for a provider, `GET /sign-in/return` comes back from it. */
export function providerRoutes(context: Context, cookies: Cookies): Router {
  const { attempts, config, gateway } = context;
  const originOf = (request: Request): string =>
    config.CONSOLE_URL ?? `${request.protocol}://${request.get('host') ?? ''}`;
  const router = Router();
  router.get('/with/:provider', async (request, response) => {
    const provider = signInProvider.safeParse(request.params.provider);
    if (!provider.success) throw new AppError('route.not_found');
    const { secret, state, challenge } = await attempts.begin(provider.data, ownPath(request.query['next']));
    cookies.setAttempt(response, secret, ATTEMPT_LIFE_MS / 1_000);
    const url = new URL(`${config.gatewayUrl}/api/v1/auth/${provider.data}/login`);
    url.search = new URLSearchParams({
      redirect_uri: originOf(request) + RETURN_PATH,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }).toString();
    response.redirect(302, url.toString());
  });
  router.get('/return', async (request, response) => {
    const { code, state } = request.query;
    const secret = cookies.read(request, cookies.attempt);
    cookies.clear(response, cookies.attempt);
    const attempt = secret === undefined || typeof state !== 'string' ? undefined : await attempts.take(secret, state);
    if (attempt === undefined || typeof code !== 'string') {
      response.redirect(303, '/sign-in?failed=provider');
      return;
    }
    const tokens = await gateway
      .for(clientOf(request))
      .call('auth.exchange', { body: { code, code_verifier: attempt.verifier } });
    await beginSession(context, cookies, request, response, tokens, attempt.provider);
    // Another site began this chain of redirects, so a browser would not send the new cookie along it: a page of ours goes on.
    response.type('html').send(leadOn(attempt.next));
  });
  return router;
}

/** A path of this console; anything else leads to its start. */
function ownPath(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])[A-Za-z0-9/_?=&.%~-]{0,500}$/.test(next) ? next : '/';
}

function leadOn(path: string): string {
  const address = path.replaceAll('&', '&amp;');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title><meta http-equiv="refresh" content="0;url=${address}"><p><a href="${address}">Go on</a></p></html>`;
}
