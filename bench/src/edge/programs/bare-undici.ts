import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { Pool, type Dispatcher } from 'undici';
import { listenAndTell } from './listen.ts';

/**
 * The floor under a gateway made of node:http, undici and Redis: it forwards, adds headers of the edge's number and size (the same to everybody),
 * and does nothing else of a gateway's job. With LIMITS it counts two windows per token, all requests of a tick in one call.
 * Reads UPSTREAM_URL, REDIS_URL, LIMITS.
 */
const { UPSTREAM_URL = '', REDIS_URL = '', LIMITS } = process.env;
const pool = new Pool(UPSTREAM_URL, { connections: 4_096, pipelining: 1 });
const ID = '00000000-0000-7000-8000-000000000001';
const REQUEST_HEADERS = [
  [
    'X-User-ID',
    ID,
    'X-User-Tier',
    'free',
    'X-Request-ID',
    ID,
    'traceparent',
    `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-00`,
  ],
  [
    'X-Service-Key',
    'k'.repeat(43),
    'X-Forwarded-For',
    '127.0.0.1',
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    'gateway.example',
  ],
  ['X-Gateway-Timestamp', '1790000000', 'X-Gateway-Signature', `v1=${'0'.repeat(64)}`],
].flat();
const RESPONSE_HEADERS = [
  [
    'X-Request-ID',
    ID,
    'X-RateLimit-Limit',
    '100000000',
    'X-RateLimit-Remaining',
    '99999999',
    'X-RateLimit-Reset',
    '1790000000',
  ],
  [
    'RateLimit-Policy',
    '"minute";q=100000000;w=60, "day";q=10000000000;w=86400',
    'RateLimit',
    '"minute";r=99999999;t=30, "day";r=99999999;t=86000',
  ],
].flat();
const ENDS_HERE = new Set(['host', 'connection', 'authorization']);

/** KEYS: callers. Both windows of each are counted; one that is new gets its end. */
const COUNT = `
local counts = {}
for index, key in ipairs(KEYS) do
  for name, seconds in pairs({ minute = 60, day = 86400 }) do
    local count = redis.call('HINCRBY', key, name, 1)
    if count == 1 then redis.call('EXPIRE', key, seconds) end
    counts[#counts + 1] = count
  end
end
return counts`;
const redis = LIMITS === undefined ? undefined : new Redis(REDIS_URL);
let waiting: { readonly caller: string; readonly proceed: () => void }[] = [];

function countAll(): void {
  const batch = waiting;
  waiting = [];
  void redis?.eval(COUNT, batch.length, ...batch.map(({ caller }) => `bench:floor:${caller}`)).then(() => {
    for (const { proceed } of batch) proceed();
  });
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const headers = [...REQUEST_HEADERS];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (!ENDS_HERE.has(name.toLowerCase())) headers.push(name, request.rawHeaders[index + 1] ?? '');
  }
  let last = '';
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(controller, status) {
      const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
      response.writeHead(status, [...raw.map((part) => part.toString('latin1')), ...RESPONSE_HEADERS]);
    },
    onResponseData(_controller, chunk) {
      last += chunk.toString('latin1');
    },
    onResponseEnd: () => void response.end(last, 'latin1'),
    onResponseError: () => void response.destroy(),
  };
  pool.dispatch({ path: request.url ?? '/', method: 'GET', headers, body: null }, handler);
}

listenAndTell(
  createServer((request, response) => {
    if (redis === undefined) return forward(request, response);
    if (waiting.length === 0) setImmediate(countAll);
    // The end of a token is its signature, which tells it from every other one.
    waiting.push({
      caller: request.headers.authorization?.slice(-43) ?? '',
      proceed: () => forward(request, response),
    });
  }),
);
