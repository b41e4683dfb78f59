import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Operations } from '@turnpike/client';
import { unavailable, type Logger, type ServiceTools } from '@turnpike/service-kit';
import { READS_MAX, type Read, type ReadAnswer } from '../../shared/reads.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import { problemOf } from '../errors.ts';
import { withOwnLinks } from '../exports/routes.ts';
import { parsed } from '../parsed.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { authorise, wantedOperation, type Caller } from './authorisation.ts';

const BODY_BYTES_MAX = '128kb';
const text = (charsMax: number) => z.string().min(1).max(charsMax);
const wanted = z.object({
  reads: z
    .array(
      z.object({
        path: text(8_192).startsWith('/'),
        organisation: text(100).optional(),
        environment: text(10).optional(),
        project: text(128)
          .regex(/^[\w-]+$/)
          .optional(),
      }),
    )
    .min(1)
    .max(READS_MAX),
});
/** Headers of an answer that pages read. */
const SHOWN_HEADERS = ['content-type', 'retry-after', 'x-request-id'];

/**
 * `POST /reads`: what a screen shows, in one request. Each question is judged and asked as `GET /api<path>` is, beside the others, and its answer is a line
 * as soon as it is there: what is down says so in its own line, and what is slow holds nothing up.
 */
export function readRoutes(context: Context, cookies: Cookies, { logger, metrics }: ServiceTools): Router {
  const router = Router();
  router.post('/', express.json({ limit: BODY_BYTES_MAX }), async (request: Request, response: Response) => {
    response.locals['operation'] = 'console.reads';
    const { reads } = parsed(wanted, request.body);
    const caller = { secret: cookies.read(request, cookies.session), client: clientOf(request) };
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.setHeader('Content-Type', 'application/x-ndjson');
    // A proxy in front that collects an answer would hold what is there for what is not.
    response.setHeader('X-Accel-Buffering', 'no');
    response.flushHeaders();
    await Promise.all(
      reads.map(async (read, index) => {
        const startedMs = performance.now();
        const { operation, ...answer } = await answerTo(context, caller, read, gone.signal, logger);
        if (gone.signal.aborted) return;
        metrics.observeRequest(
          { route: operation ?? 'unmatched', method: 'GET', status: answer.status },
          (performance.now() - startedMs) / 1_000,
        );
        const line: ReadAnswer = { read: index, ...answer };
        if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', gone).catch(() => undefined);
      }),
    );
    response.end();
  });
  return router;
}

type ExportList = Operations['platform.listExports']['answers'];
type Answer = Omit<ReadAnswer, 'read'> & { readonly operation?: string };

async function answerTo(
  context: Context,
  caller: Caller,
  { path, project, ...where }: Read,
  signal: AbortSignal,
  logger: Logger,
): Promise<Answer> {
  const requestId = randomUUID();
  let operation: string | undefined;
  try {
    const [pathname = ''] = path.split('?');
    const endpoint = wantedOperation(context, { method: 'GET', path: pathname });
    operation = endpoint.id;
    const { accessToken, organisation, onRefusedToken } = await authorise(context, endpoint, where, caller);
    const answered = await context.gateway.read(
      { ...caller.client, accessToken },
      { path, project, requestId, signal },
    );
    if (answered.status === 401) onRefusedToken?.();
    const headers = Object.fromEntries(
      SHOWN_HEADERS.flatMap((name) => {
        const value = answered.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    const body = jsonOf(await answered.text());
    return {
      operation,
      status: answered.status,
      headers,
      body: answered.ok && operation === 'platform.listExports' ? withOwnLinks(body as ExportList, organisation) : body,
    };
  } catch (thrown) {
    const problem = problemOf(thrown, requestId);
    if (problem.status >= 500 && !signal.aborted) logger.error({ err: thrown, requestId, path }, 'a read failed');
    const headers = { 'content-type': problem.contentType, 'x-request-id': requestId, ...problem.headers };
    return {
      ...(operation !== undefined && { operation }),
      status: problem.status,
      headers,
      body: jsonOf(problem.body),
    };
  }
}

function jsonOf(body: string): unknown {
  try {
    return body === '' ? null : (JSON.parse(body) as unknown);
  } catch (cause) {
    throw unavailable('The gateway', cause);
  }
}
