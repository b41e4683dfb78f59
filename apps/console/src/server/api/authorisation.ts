import type { EndpointSpec } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { Client } from '../gateway.ts';
import type { Scope } from '../sessions/scoped-tokens.ts';
import { operationOf } from './allowed.ts';
import type { Outgoing } from './proxy.ts';
import { refuseOldSignIn } from './risky.ts';
import { scopeIn } from './scope.ts';

/** What a page wants done, and where it says that it works. */
export interface Wanted {
  readonly method: string;
  /** Path of the gateway, without its query. */
  readonly path: string;
  readonly organisation?: string | undefined;
  readonly environment?: string | undefined;
}

/** Who wants it. `secret` is the session's cookie, `undefined` for nobody. */
export interface Caller {
  readonly secret: string | undefined;
  readonly client: Client;
}

/** With whose rights a call leaves for the edge. */
export type Rights = Pick<Outgoing, 'accessToken' | 'organisation' | 'onRefusedToken'>;

/** The operation that a page may call so; throws 404 where pages have none, and 404 for one of a part that this instance does not serve. */
export function wantedOperation({ config }: Context, { method, path }: Pick<Wanted, 'method' | 'path'>): EndpointSpec {
  const operation = operationOf(method, path);
  if (operation === undefined) throw new AppError('route.not_found', { detail: 'Pages call nothing at this path.' });
  // An instance that serves the portal alone passes no operator's call on, whoever is signed in.
  if (operation.access === 'platform_admin' && !config.CONSOLE_PARTS.includes('operate'))
    throw new AppError('route.not_found', { detail: 'This console does not serve operators.' });
  return operation;
}

/** With whose rights it is called. Throws 401 where nobody is signed in, 403 for a risky act of an old sign-in, and what the gateway says of the scope. */
export async function authorise(
  { config, sessions, scopedTokens }: Context,
  operation: EndpointSpec,
  { organisation, environment }: Pick<Wanted, 'organisation' | 'environment'>,
  { secret, client }: Caller,
): Promise<Rights> {
  if (operation.access === 'public') return {};
  const session = secret === undefined ? undefined : await sessions.find(secret, client);
  if (session === undefined) throw new AppError('auth.missing', { detail: 'The session has ended: sign in again.' });
  refuseOldSignIn(operation, session, config.CONSOLE_REAUTHENTICATION_SECONDS);
  const scope = scopeOf(operation, organisation, environment);
  const accessToken = scope === undefined ? session.accessToken : await scopedTokens.of(session, scope, client);
  const onRefusedToken = (): void => {
    sessions.doubt(session);
    if (scope !== undefined) scopedTokens.forget(session, scope).catch(() => undefined);
  };
  return { accessToken, organisation: scope?.organisation, onRefusedToken };
}

/** Where the page works, for operations that take a token of an organisation; `undefined` for one's own account. */
function scopeOf(
  { access, acceptsScoped }: EndpointSpec,
  organisation: string | undefined,
  environment = 'prod',
): Scope | undefined {
  if (organisation === undefined || (access !== 'tenant' && acceptsScoped !== true)) return undefined;
  return scopeIn(organisation, environment);
}
