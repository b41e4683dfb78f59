import { Router, type RequestHandler } from 'express';
import type { Logger } from '@turnpike/service-kit';
import { SCOPE_HEADERS } from '../../shared/session-view.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import { requestIdOf } from '../errors.ts';
import { exportList } from '../exports/routes.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { authorise, wantedOperation } from './authorisation.ts';
import { createApiProxy, sendAs } from './proxy.ts';

/** `/api/*`: the operations of the gateway that pages may call, with the token of whoever is signed in. No body is read here. */
export function apiRoutes(context: Context, cookies: Cookies, logger: Logger): Router {
  const router = Router();
  router.use(authorised(context, cookies), exportList(context), createApiProxy(context, logger));
  return router;
}

function authorised(context: Context, cookies: Cookies): RequestHandler {
  return async (request, response, next) => {
    const { method, path } = request;
    const operation = wantedOperation(context, { method, path });
    response.locals['operation'] = operation.id;
    const client = clientOf(request);
    const where = {
      organisation: request.get(SCOPE_HEADERS.organisation),
      environment: request.get(SCOPE_HEADERS.environment),
    };
    const caller = { secret: cookies.read(request, cookies.session), client };
    const rights = await authorise(context, operation, where, caller);
    sendAs(request, { requestId: requestIdOf(request), address: client.address, ...rights });
    next();
  };
}
