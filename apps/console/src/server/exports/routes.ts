import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type RequestHandler, type Response } from 'express';
import type { Operations } from '@turnpike/client';
import { AppError, type Logger } from '@turnpike/service-kit';
import { authorisationOf } from '../api/proxy.ts';
import { scopeIn } from '../api/scope.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import type { Cookies } from '../sessions/cookies.ts';

const ID = /^[0-9a-f-]{36}$/;

/**
 * The list of exports as pages see it. The gateway's links open without a session, so none of them reaches a page: in its place stands one of the
 * console's own. Other operations are passed on.
 */
export function exportList({ gateway }: Context): RequestHandler {
  return async (request, response, next) => {
    if ((response.locals as { operation?: string }).operation !== 'platform.listExports') {
      next();
      return;
    }
    const { accessToken, organisation, onRefusedToken } = authorisationOf(request);
    const list = await gateway
      .for({ ...clientOf(request), accessToken })
      .call('platform.listExports')
      .catch((error: unknown) => {
        if (isRefusedToken(error)) onRefusedToken?.();
        throw error;
      });
    response.json(withOwnLinks(list, organisation));
  };
}

/** The list with links of the console's own. */
export function withOwnLinks(
  { items }: Operations['platform.listExports']['answers'],
  organisation: string | undefined,
): Operations['platform.listExports']['answers'] {
  const shown = items.map(({ download, ...entry }) => ({
    ...entry,
    download: download && { ...download, url: `/downloads/exports/${entry.id}?org=${organisation ?? ''}` },
  }));
  return { items: shown };
}

/** `GET /downloads/exports/:id?org=…`: the file of an export of the organisation, for whoever may have it. */
export function downloadRoutes({ gateway, sessions, scopedTokens }: Context, cookies: Cookies, logger: Logger): Router {
  const router = Router();
  router.get('/exports/:id', async (request, response) => {
    response.locals['operation'] = 'platform.downloadExport';
    const client = clientOf(request);
    const secret = cookies.read(request, cookies.session);
    const session = secret === undefined ? undefined : await sessions.find(secret, client);
    if (session === undefined) throw new AppError('auth.missing', { detail: 'The session has ended: sign in again.' });
    const { id } = request.params;
    if (!ID.test(id)) throw new AppError('resource.not_found');
    const { org } = request.query;
    const scope = scopeIn(typeof org === 'string' ? org : '', 'prod');
    const accessToken = await scopedTokens.of(session, scope, client);
    const { download } = await gateway
      .for({ ...client, accessToken })
      .call('platform.getExport', { params: { id } })
      .catch(async (error: unknown) => {
        if (isRefusedToken(error)) {
          sessions.doubt(session);
          await scopedTokens.forget(session, scope);
        }
        throw error;
      });
    if (download === null) throw new AppError('resource.not_found', { detail: 'There is no file of it yet.' });
    const file = await gateway.for(client).fetch(download.url, { headers: { Accept: 'application/gzip' } });
    await passOn(file, response).catch((error: unknown) => logger.warn({ err: error }, 'a download broke off'));
  });
  return router;
}

const isRefusedToken = (error: unknown): boolean => error instanceof Error && 'status' in error && error.status === 401;

/** Hands a file on as it arrives; what breaks off there breaks off here. */
async function passOn({ body, headers }: globalThis.Response, response: Response): Promise<void> {
  for (const name of ['content-type', 'content-disposition']) {
    const value = headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), response);
}
