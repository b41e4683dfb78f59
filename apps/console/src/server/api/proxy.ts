import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import { renderProblem } from '@turnpike/contracts';
import type { Logger } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

/** What is known of a call before it leaves for the edge. */
export interface Outgoing {
  readonly requestId: string;
  readonly address: string;
  readonly accessToken?: string | undefined;
  /** In which it is made; `undefined` for one's own account. */
  readonly organisation?: string | undefined;
  /** Told when the edge no longer takes the token. */
  readonly onRefusedToken?: () => void;
}

const outgoing = new WeakMap<IncomingMessage, Outgoing>();

/** Notes what the proxy is to add to a request. */
export function sendAs(request: IncomingMessage, facts: Outgoing): void {
  outgoing.set(request, facts);
}

/** With whose rights a request was authorised to be made. */
export function authorisationOf(
  request: IncomingMessage,
): Pick<Outgoing, 'accessToken' | 'organisation' | 'onRefusedToken'> {
  return outgoing.get(request) ?? {};
}

/** Headers of a page's request that go on to the edge. Whatever says who is calling is the console's to add. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'transfer-encoding',
  'user-agent',
  'x-project-id',
]);
/** Headers of an answer that the console decides itself. */
const ANSWERED_BY_US = [
  'access-control-allow-credentials',
  'access-control-allow-origin',
  'content-security-policy',
  'cross-origin-resource-policy',
  'set-cookie',
  'strict-transport-security',
  'www-authenticate',
];

/** Passes a request on to the edge, byte for byte, with the token of whoever is signed in. */
export function createApiProxy({ config, agent, gateway }: Context, logger: Logger): RequestHandler {
  const plugin: Plugin = (server) => {
    server.on('proxyReq', (sent: ClientRequest, request: IncomingMessage) => {
      const facts = outgoing.get(request);
      for (const name of sent.getHeaderNames()) if (!PASSED_ON.has(name)) sent.removeHeader(name);
      if (facts === undefined) return;
      for (const [name, value] of Object.entries(gateway.marks(facts.address))) sent.setHeader(name, value);
      sent.setHeader('x-request-id', facts.requestId);
      if (facts.accessToken !== undefined) sent.setHeader('authorization', `Bearer ${facts.accessToken}`);
    });
    server.on('proxyRes', (answer: IncomingMessage, request: IncomingMessage) => {
      for (const name of ANSWERED_BY_US) delete answer.headers[name];
      answer.headers['cache-control'] = 'no-store';
      if (answer.statusCode === 401) outgoing.get(request)?.onRefusedToken?.();
    });
    server.on('error', (error: Error, request?: IncomingMessage, response?: ServerResponse | Socket) => {
      logger.warn({ err: error }, 'the edge did not answer');
      const facts = request === undefined ? undefined : outgoing.get(request);
      answerOutage(response, facts?.requestId ?? 'unknown');
    });
  };
  return createProxyMiddleware({
    target: config.EDGE_URL,
    agent,
    changeOrigin: true,
    xfwd: false,
    proxyTimeout: config.EDGE_TIMEOUT_MS,
    ejectPlugins: true,
    plugins: [plugin],
  });
}

function answerOutage(response: ServerResponse | Socket | undefined, requestId: string): void {
  if (response === undefined) return;
  if (!('writeHead' in response) || response.headersSent) {
    response.destroy();
    return;
  }
  const problem = renderProblem(
    { code: 'service.unavailable', detail: 'The gateway is not available at the moment.', requestId },
    'problem',
  );
  response.writeHead(problem.status, { 'Content-Type': problem.contentType, 'Retry-After': '1' });
  response.end(problem.body);
}
