import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { TokenPair } from '@turnpike/client';
import { HEADER, matchKey } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { ORGANISATIONS_MAX, type SessionView, type SignIn, type SignInMethod } from '../../shared/session-view.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import { parsed } from '../parsed.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { ticketTokens } from './tickets.ts';

const BODY_BYTES_MAX = '32kb';
const text = (charsMax: number) => z.string().min(1).max(charsMax);

const signIn = z.discriminatedUnion('method', [
  z.object({ method: z.literal('code'), email: text(320), code: text(12) }),
  z.object({ method: z.literal('password'), email: text(320), password: text(16_384) }),
  z.object({ method: z.literal('demo') }),
  z.object({ method: z.literal('ticket'), ticket: text(128) }),
]) satisfies z.ZodType<SignIn>;

/** `GET`, `POST` and `DELETE /session`: who is signed in, signing in, and out. `POST /session/tickets` is for whoever starts the stack. */
export function sessionRoutes(context: Context, cookies: Cookies): Router {
  const json = express.json({ limit: BODY_BYTES_MAX });
  const router = Router();
  router.get('/', view(context, cookies));
  router.post('/', json, async (request, response) => {
    const body = parsed(signIn, request.body);
    const tokens = await tokensOf(body, request, context);
    await beginSession(context, cookies, request, response, tokens, body.method);
    response.status(201).json({ method: body.method });
  });
  router.delete('/', async (request, response) => {
    // First: whatever does not answer now, the browser forgets the session, and nobody but it could open what is left of it.
    cookies.clear(response, cookies.session);
    await endSession(context, cookies, request);
    response.status(204).end();
  });
  return router;
}

/** `POST /session/tickets`, with the console's key: a one-time link for tokens that were got elsewhere. */
export function ticketRoute({ config, tickets }: Context): RequestHandler[] {
  return [
    (request, _response, next) => {
      const known = matchKey(request.get(HEADER.consoleKey) ?? '', config.CONSOLE_KEY) !== -1;
      next(known ? undefined : new AppError('auth.forbidden', { detail: 'This needs the key of the console.' }));
    },
    express.json({ limit: BODY_BYTES_MAX }),
    async (request, response) => {
      response.status(201).json({ ticket: await tickets.make(parsed(ticketTokens, request.body)) });
    },
  ];
}

/** A session of the tokens in place of the one that the browser had, whose tokens end. */
export async function beginSession(
  context: Context,
  cookies: Cookies,
  request: Request,
  response: Response,
  tokens: TokenPair,
  method: SignInMethod,
): Promise<void> {
  await endSession(context, cookies, request);
  const session = await context.sessions.begin(tokens, method);
  cookies.setSession(response, session.secret, context.config.CONSOLE_SESSION_SECONDS);
}

function view({ config, gateway, sessions }: Context, cookies: Cookies): RequestHandler {
  return async (request, response) => {
    const client = clientOf(request);
    const secret = cookies.read(request, cookies.session);
    const [methods, session] = await Promise.all([
      gateway.methods(client),
      secret === undefined ? undefined : sessions.find(secret, client),
    ]);
    const everywhere = {
      parts: config.CONSOLE_PARTS,
      gateway_url: config.gatewayUrl,
      demo: methods.demo,
      providers: methods.providers,
    };
    const own = session && gateway.for({ ...client, accessToken: session.accessToken });
    const [me, organisations] = await Promise.all([
      own?.call('platform.me').catch(ended),
      own?.call('platform.listTenants', { query: { limit: ORGANISATIONS_MAX } }).catch(() => null),
    ]);
    const body: SessionView =
      session === undefined || me === undefined
        ? { ...everywhere, signed_in: false }
        : {
            ...everywhere,
            signed_in: true,
            me,
            organisations: organisations ?? null,
            method: session.method,
            shared: session.method === 'demo',
          };
    if (!body.signed_in && secret !== undefined) cookies.clear(response, cookies.session);
    response.json(body);
  };
}

/** The session is over at the gateway, which is no error of whoever asks who they are. */
function ended(error: unknown): undefined {
  if (error instanceof Error && 'status' in error && error.status === 401) return undefined;
  throw error;
}

async function endSession({ gateway, sessions }: Context, cookies: Cookies, request: Request): Promise<void> {
  const secret = cookies.read(request, cookies.session);
  if (secret === undefined) return;
  const client = clientOf(request);
  // Where the gateway does not answer the cookie is worth nothing all the same, and the tokens are nobody's.
  const session = await sessions.find(secret, client).catch(() => undefined);
  await sessions.end(secret);
  if (session !== undefined)
    await gateway
      .for({ ...client, accessToken: session.accessToken })
      .call('platform.logout')
      .catch(() => undefined);
}

async function tokensOf(body: SignIn, request: Request, { gateway, tickets }: Context): Promise<TokenPair> {
  const client = gateway.for(clientOf(request));
  switch (body.method) {
    case 'code':
      return await client.call('platform.verifyOtp', { body: { email: body.email, code: body.code } });
    case 'password':
      return await client.call('platform.login', { body: { email: body.email, password: body.password } });
    case 'demo':
      return await client.call('auth.demo');
    case 'ticket': {
      const tokens = await tickets.take(body.ticket);
      if (tokens !== undefined) return tokens;
      throw new AppError('auth.credential_invalid', { detail: 'This link was used before, or is too old.' });
    }
  }
}
