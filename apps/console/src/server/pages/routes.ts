import { Router, type Request, type Response } from 'express';
import { AppError } from '@turnpike/service-kit';
import { isPage } from '../../shared/pages.ts';
import type { Context } from '../context.ts';
import type { Asset } from './assets.ts';

/** Names of files hold a digest of their content. */
const FOREVER = 'public, max-age=31536000, immutable';

/** The files of the pages, and the page itself at each path that has one. */
export function pageRoutes({ assets, config }: Context): Router {
  const router = Router();
  router.get('/assets/:name', (request, response) => {
    const asset = assets.files.get(request.params.name);
    if (asset === undefined) throw new AppError('route.not_found', { detail: 'There is no such file.' });
    send(request, response, asset, FOREVER);
  });
  router.get('/{*path}', (request, response) => {
    if (!isPage(request.path, config.CONSOLE_PARTS)) response.status(404);
    send(request, response, assets.index, 'no-cache');
  });
  return router;
}

function send(request: Request, response: Response, asset: Asset, caching: string): void {
  response.setHeader('Cache-Control', caching);
  response.setHeader('ETag', asset.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (response.statusCode === 200 && request.fresh) {
    response.status(304).end();
    return;
  }
  const coding = request.acceptsEncodings('br', 'gzip', 'identity');
  const coded = coding === 'br' || coding === 'gzip' ? asset[coding] : undefined;
  if (coded !== undefined) response.setHeader('Content-Encoding', String(coding));
  const body = coded ?? asset.identity;
  response.setHeader('Content-Type', asset.type);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
