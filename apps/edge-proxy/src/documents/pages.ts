import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express, type Request, type Response } from 'express';
import { compress, sendCompressed, type Compressed } from './compressed.ts';
import { errorsPage } from './errors-page.ts';

const PUBLIC = fileURLToPath(new URL('../../public/docs', import.meta.url));

/** Nothing but its own files, and no place in anybody's frame. Only the reference's styles are inline: it writes them itself. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "style-src 'self'",
  "style-src-elem 'self' 'unsafe-inline'",
  "style-src-attr 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
/** The script of the reference changes with a release only. */
const SCRIPT_AGE_SECONDS = 3_600;

/** The edge's own pages, beside the hot path: the OpenAPI document, the page to browse it, and the reference of error codes. */
export function createPages(document: () => string): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.setHeader('Content-Security-Policy', CONTENT_POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    next();
  });
  const serve = (at: string, read: () => string | Buffer, type: string, maxAgeSeconds = 0): void => {
    const compressed = compressedOnce(read, type);
    app.get(at, async (request: Request, response: Response) => {
      sendCompressed(request, response, await compressed(), maxAgeSeconds);
    });
  };
  serve('/openapi.json', document, JSON_TYPE);
  serve('/docs', () => readFileSync(path.join(PUBLIC, 'index.html')), HTML);
  serve('/docs/errors', errorsPage, HTML);
  serve('/docs/page.css', () => readFileSync(path.join(PUBLIC, 'page.css')), 'text/css; charset=utf-8');
  serve('/docs/before.js', () => readFileSync(path.join(PUBLIC, 'before.js')), SCRIPT);
  serve('/docs/page.js', () => readFileSync(path.join(PUBLIC, 'page.js')), SCRIPT);
  serve('/docs/scalar.js', readScalar, SCRIPT, SCRIPT_AGE_SECONDS);
  return app;
}

/** Compresses what `read` returns when it is first asked for, and again only when that has changed. */
function compressedOnce(read: () => string | Buffer, type: string): () => Promise<Compressed> {
  let source: string | Buffer | undefined;
  let compressed: Promise<Compressed> | undefined;
  return () => {
    const now = source instanceof Buffer ? source : read();
    if (compressed === undefined || now !== source) {
      source = now;
      compressed = compress(now, type);
    }
    return compressed;
  };
}

/** One file of the installed package, which holds all that the page needs; it is not among the package's exports. */
function readScalar(): Buffer {
  const entry = createRequire(import.meta.url).resolve('@scalar/api-reference');
  const folder = entry.slice(0, entry.lastIndexOf(`${path.sep}dist${path.sep}`));
  return readFileSync(path.join(folder, 'dist', 'browser', 'standalone.js'));
}
