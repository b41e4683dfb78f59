import { Router, type Request, type RequestHandler, type Response } from 'express';
import { TurnpikeError } from '@turnpike/client';
import { linkByCode, signInProvider } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { isOwnPath } from '../../shared/own-path.ts';
import { refuseOldSignIn } from '../api/risky.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { ATTEMPT_LIFE_MS, isLinkState, type AttemptPurpose, type ReturnedAttempt } from './attempts.ts';
import { linkProvider, withOutcome } from './link-provider.ts';
import { beginSession } from './routes.ts';

/** Where the gateway sends the browser back; `AUTH_REDIRECT_URIS` has to list it. */
const RETURN_PATH = '/sign-in/return';
const FINISH_PATH = '/sign-in/finish';
const FAILED = '/sign-in?failed=provider';

/**
 * The way to a provider and back. `GET /sign-in/with/:provider` leaves to sign in; `POST /sign-in/links/:provider` begins to add the provider to the account
 * of whoever is signed in, and answers 201 `{ url }`, where the page then goes; both take `next`, a path of the console to lead to afterwards.
 * `GET /sign-in/return` is where the gateway sends the browser, and `GET /sign-in/finish` does what the way was for.
 */
export function providerRoutes(context: Context, cookies: Cookies): Router {
  const router = Router();
  router.get('/with/:provider', async (request, response) => {
    const purpose = { provider: providerOf(request), next: ownPath(request.query['next']) };
    response.redirect(302, await leave(context, cookies, request, response, purpose));
  });
  router.post('/links/:provider', async (request, response) => {
    const provider = providerOf(request);
    const secret = cookies.read(request, cookies.session);
    const session = secret === undefined ? undefined : await context.sessions.find(secret, clientOf(request));
    if (session === undefined) throw new AppError('auth.missing', { detail: 'The session has ended: sign in again.' });
    if (session.method === 'demo')
      throw new AppError('auth.forbidden', { detail: 'The demo account is everybody’s, and takes no way to sign in.' });
    refuseOldSignIn(linkByCode, session, context.config.CONSOLE_REAUTHENTICATION_SECONDS);
    const purpose = { provider, next: ownPath(request.query['next']), linkTo: session };
    response.status(201).json({ url: await leave(context, cookies, request, response, purpose) });
  });
  router.get('/return', comeBack(context, cookies));
  router.get('/finish', finish(context, cookies));
  return router;
}

/** Begins an attempt; gives where the browser goes with it. */
async function leave(
  { attempts, config }: Context,
  cookies: Cookies,
  request: Request,
  response: Response,
  purpose: AttemptPurpose,
): Promise<string> {
  const { secret, state, challenge } = await attempts.begin(purpose);
  cookies.setAttempt(response, secret, ATTEMPT_LIFE_MS / 1_000);
  const origin = config.CONSOLE_URL ?? `${request.protocol}://${request.get('host') ?? ''}`;
  const url = new URL(`${config.gatewayUrl}/api/v1/auth/${purpose.provider}/login`);
  url.search = new URLSearchParams({
    redirect_uri: origin + RETURN_PATH,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(purpose.linkTo !== undefined && { purpose: 'link' }),
  }).toString();
  return url.toString();
}

/** Another site led here, so a browser does not send the session's cookie along: what came is kept, and a page of ours goes on. */
function comeBack({ attempts }: Context, cookies: Cookies): RequestHandler {
  return async (request, response) => {
    const { code, error, state } = request.query;
    const secret = cookies.read(request, cookies.attempt);
    const outcome = typeof code === 'string' ? { code } : { error: typeof error === 'string' ? error : 'server_error' };
    const known =
      secret !== undefined && typeof state === 'string' && (await attempts.comeBack(secret, state, outcome));
    if (known) {
      response.type('html').send(leadOn(FINISH_PATH));
      return;
    }
    cookies.clear(response, cookies.attempt);
    response.redirect(303, isLinkState(state) ? withOutcome('/account', 'expired') : FAILED);
  };
}

function finish(context: Context, cookies: Cookies): RequestHandler {
  return async (request, response) => {
    const secret = cookies.read(request, cookies.attempt);
    cookies.clear(response, cookies.attempt);
    const attempt = secret === undefined ? undefined : await context.attempts.finish(secret);
    const target =
      attempt === undefined
        ? FAILED
        : attempt.linksTo === undefined
          ? await signIn(context, cookies, request, response, attempt)
          : withOutcome(attempt.next, await linkProvider(context, cookies, request, attempt), attempt.provider);
    response.redirect(303, target);
  };
}

/** Begins a session in place of the one that the browser had; gives where to go. */
async function signIn(
  context: Context,
  cookies: Cookies,
  request: Request,
  response: Response,
  { code, verifier, provider, next }: ReturnedAttempt,
): Promise<string> {
  if (code === undefined) return FAILED;
  try {
    const tokens = await context.gateway
      .for(clientOf(request))
      .call('auth.exchange', { body: { code, code_verifier: verifier } });
    await beginSession(context, cookies, request, response, tokens, provider);
    return next;
  } catch (error) {
    if (error instanceof TurnpikeError && error.status < 500) return FAILED;
    throw error;
  }
}

function providerOf(request: Request) {
  const provider = signInProvider.safeParse(request.params['provider']);
  if (!provider.success) throw new AppError('route.not_found');
  return provider.data;
}

/** A path of this console; anything else leads to its start. */
function ownPath(next: unknown): string {
  return isOwnPath(next) ? next : '/';
}

function leadOn(path: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>One moment</title><meta http-equiv="refresh" content="0;url=${path}"><p><a href="${path}">Go on</a></p></html>`;
}
