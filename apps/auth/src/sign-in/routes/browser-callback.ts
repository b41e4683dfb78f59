import {
  appleCallback,
  appleCallbackForm,
  githubCallback,
  googleCallback,
  type SignInProvider,
} from '@turnpike/contracts';
import { AppError, isStoreOutage, route, type Call, type Route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { ProvenIdentity } from '../../providers/proven-identity.ts';
import type { ProviderTokens } from '../../providers/token-endpoint.ts';
import { SessionRefused } from '../../sessions/domain/sessions.ts';
import type { FinishedAttempt } from '../browser/attempts.ts';
import { identifyProven } from '../provider-sign-in.ts';
import { REDIRECT_HEADERS, withParameters } from './redirect.ts';

/** What a provider sent back, by query or form. */
interface CallbackFields {
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  readonly user?: string | undefined;
}

type CallbackCall = Pick<Call<typeof appleCallback>, 'request' | 'log'>;

/** Errors that an app may read in its address (RFC 6749 §4.1.2.1); a provider's own text never goes there. */
type FlowError = 'access_denied' | 'temporarily_unavailable' | 'server_error';

/** `GET|POST /api/v1/auth/{provider}/callback`: ends an attempt with a one-time code for the app. */
export function browserCallbackRoutes(context: Context): Route[] {
  const { browserFlow, providers } = context;
  const { attempts, cookies, strategies, codes, linkCodes } = browserFlow;

  async function take(provider: SignInProvider, state: string, { request }: CallbackCall): Promise<FinishedAttempt> {
    const binding = cookies.read(provider, state, request.headers.cookie);
    const attempt = binding === undefined ? undefined : await attempts.take(provider, state, binding);
    if (attempt !== undefined) return attempt;
    throw new AppError('auth.forbidden', {
      detail:
        'This sign-in was not begun in this browser, took too long, or has been finished before. Please begin again.',
    });
  }

  function prove(
    provider: SignInProvider,
    tokens: ProviderTokens,
    nonce: string,
    name: string | undefined,
  ): Promise<ProvenIdentity> {
    if (provider === 'apple') return providers.apple.proveTokens(tokens, nonce, name);
    return provider === 'google' ? providers.google.proveTokens(tokens, nonce) : providers.github.proveTokens(tokens);
  }

  async function codeFor(provider: SignInProvider, fields: CallbackFields, state: string, attempt: FinishedAttempt) {
    if (fields.error !== undefined || fields.code === undefined) return { error: denialOf(fields.error) };
    const { code, user } = fields;
    const tokens = await strategies.finish(provider, { code, state, user }, attempt.verifier);
    const proven = await prove(provider, tokens, attempt.nonce, nameOf(fields.user));
    if (attempt.purpose === 'link') {
      if (attempt.codeChallenge === undefined) throw new Error('an attempt to link without a challenge');
      return { code: await linkCodes.issue(proven, attempt.redirectUri, attempt.codeChallenge) };
    }
    const userId = await identifyProven(context, proven);
    return { code: await codes.issue(userId, provider, attempt.codeChallenge) };
  }

  async function finish(provider: SignInProvider, fields: CallbackFields, call: CallbackCall) {
    const { state = '' } = fields;
    // Whatever else was sent: without a state of this browser none of it is read, not even an error.
    const attempt = await take(provider, state, call);
    const outcome = await codeFor(provider, fields, state, attempt).catch((error: unknown) => ({
      error: explain(error, call),
    }));
    const location = withParameters(attempt.redirectUri, { ...outcome, state: attempt.appState });
    return {
      status: 302,
      body: null,
      headers: { ...REDIRECT_HEADERS, Location: location, 'Set-Cookie': [cookies.end(provider, state)] },
    } as const;
  }

  return [
    route(appleCallback, (call) => finish('apple', call.query, call)),
    route(appleCallbackForm, (call) => finish('apple', call.body, call)),
    route(googleCallback, (call) => finish('google', call.query, call)),
    route(githubCallback, (call) => finish('github', call.query, call)),
  ];
}

/** The person pressed "Cancel" (Apple says it in its own word), or the provider failed. */
function denialOf(error: string | undefined): FlowError {
  if (error === 'access_denied' || error === 'user_cancelled_authorize') return 'access_denied';
  return error === 'temporarily_unavailable' ? error : 'server_error';
}

/** What the app is told of a failure; the log is told the rest. */
function explain(err: unknown, { log }: CallbackCall): FlowError {
  const status = err instanceof AppError ? err.status : undefined;
  if (status === 503 || isStoreOutage(err) || (err instanceof SessionRefused && err.reason === 'account_deleted')) {
    log.warn({ err }, 'a browser sign-in met an outage');
    return 'temporarily_unavailable';
  }
  if (err instanceof SessionRefused || (status !== undefined && status < 500)) {
    log.info({ err }, 'a browser sign-in was refused');
    return 'access_denied';
  }
  log.error({ err }, 'a browser sign-in failed');
  return 'server_error';
}

/** The name in Apple's `user` field, a JSON document that nobody signed: at worst somebody names themselves. */
function nameOf(user: string | undefined): string | undefined {
  if (user === undefined) return undefined;
  try {
    const { name } = JSON.parse(user) as {
      readonly name?: { readonly firstName?: unknown; readonly lastName?: unknown } | null;
    };
    return [name?.firstName, name?.lastName].filter((part) => typeof part === 'string').join(' ');
  } catch {
    return undefined;
  }
}
