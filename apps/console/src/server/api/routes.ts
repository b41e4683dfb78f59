import { Router, type Request, type RequestHandler } from 'express';
import type { EndpointSpec } from '@turnpike/contracts';
import { AppError, type Logger } from '@turnpike/service-kit';
import { SCOPE_HEADERS } from '../../shared/session-view.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import { requestIdOf } from '../errors.ts';
import { exportList } from '../exports/routes.ts';
import type { Cookies } from '../sessions/cookies.ts';
import type { Scope } from '../sessions/scoped-tokens.ts';
import { operationOf } from './allowed.ts';
import { createApiProxy, sendAs } from './proxy.ts';
import { refuseOldSignIn } from './risky.ts';
import { scopeIn } from './scope.ts';

/** `/api/*`: the operations of the gateway that pages may call, with the token of whoever is signed in. No body is read here. */
export function apiRoutes(context: Context, cookies: Cookies, logger: Logger): Router {
  const router = Router();
  router.use(authorise(context, cookies), exportList(context), createApiProxy(context, logger));
  return router;
}

function authorise({ config, sessions, scopedTokens }: Context, cookies: Cookies): RequestHandler {
  return async (request, response, next) => {
    const operation = operationOf(request.method, request.path);
    if (operation === undefined) throw new AppError('route.not_found', { detail: 'Pages call nothing at this path.' });
    refuseOtherParts(operation, config.CONSOLE_PARTS);
    response.locals['operation'] = operation.id;
    const client = clientOf(request);
    const facts = { requestId: requestIdOf(request), address: client.address };
    if (operation.access === 'public') {
      sendAs(request, facts);
      next();
      return;
    }
    const secret = cookies.read(request, cookies.session);
    const session = secret === undefined ? undefined : await sessions.find(secret, client);
    if (session === undefined) throw new AppError('auth.missing', { detail: 'The session has ended: sign in again.' });
    refuseOldSignIn(operation, session, config.CONSOLE_REAUTHENTICATION_SECONDS);
    const scope = scopeOf(request, operation);
    const accessToken = scope === undefined ? session.accessToken : await scopedTokens.of(session, scope, client);
    const onRefusedToken = (): void => {
      sessions.doubt(session);
      if (scope !== undefined) scopedTokens.forget(session, scope).catch(() => undefined);
    };
    sendAs(request, { ...facts, accessToken, organisation: scope?.organisation, onRefusedToken });
    next();
  };
}

/** An instance that serves the portal alone passes no operator's call on, whoever is signed in. */
function refuseOtherParts({ access }: EndpointSpec, parts: readonly string[]): void {
  if (access === 'platform_admin' && !parts.includes('operate'))
    throw new AppError('route.not_found', { detail: 'This console does not serve operators.' });
}

/** Where the page works, for operations that take a token of an organisation; `undefined` for one's own account. */
function scopeOf(request: Request, { access, acceptsScoped }: EndpointSpec): Scope | undefined {
  const organisation = request.get(SCOPE_HEADERS.organisation);
  if (organisation === undefined || (access !== 'tenant' && acceptsScoped !== true)) return undefined;
  return scopeIn(organisation, request.get(SCOPE_HEADERS.environment) ?? 'prod');
}
