import { randomInt, randomUUID } from 'node:crypto';
import { populatedApiKey, populatedUserId } from '@turnpike/test-kit/population';
import { runLoad } from '../edge/load.ts';
import { quantile } from '../statistics.ts';
import type { MillionOptions } from './options.ts';
import type { MillionStack, RunningService } from './stack.ts';

/** Latencies of one kind of request. */
export interface RequestFigures {
  readonly kind: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Kind {
  readonly kind: string;
  readonly service: 'auth' | 'users' | 'credits';
  readonly request: (user: number) => {
    method: string;
    path: string;
    body?: object;
    headers?: Readonly<Record<string, string>>;
  };
}

/** Requests prepared of each kind; each is of another user, so that no cache helps. */
const PREPARED = 20_000;

const KINDS: readonly Kind[] = [
  {
    kind: 'introspect an API key',
    service: 'auth',
    request: (user) => ({ method: 'POST', path: '/internal/auth/introspect', body: { token: populatedApiKey(user) } }),
  },
  {
    kind: "export auth's rows of a person",
    service: 'auth',
    request: (user) => ({ method: 'GET', path: `/internal/auth/export?user_id=${populatedUserId(user)}` }),
  },
  {
    kind: 'audit trail, first page',
    service: 'auth',
    request: () => ({ method: 'GET', path: '/api/v1/auth/admin/audit' }),
  },
  {
    kind: 'audit trail of a person',
    service: 'auth',
    request: (user) => ({ method: 'GET', path: `/api/v1/auth/admin/audit?user_id=${populatedUserId(user)}` }),
  },
  {
    kind: 'find a user by a key',
    service: 'users',
    request: (user) => ({ method: 'GET', path: `/internal/users/lookup?ref=${populatedUserId(user)}` }),
  },
  {
    kind: 'receipts of erasures',
    service: 'users',
    request: () => ({ method: 'GET', path: '/api/v1/users/admin/erasures' }),
  },
  {
    kind: 'balance',
    service: 'credits',
    request: (user) => ({ method: 'GET', path: `/internal/credits/balance?user_id=${populatedUserId(user)}` }),
  },
  {
    kind: 'reserve',
    service: 'credits',
    request: (user) => ({
      method: 'POST',
      path: '/internal/credits/reservations',
      body: { user_id: populatedUserId(user), amount: 1, idempotency_key: randomUUID() },
    }),
  },
  {
    kind: 'spend',
    service: 'credits',
    request: (user) => ({
      method: 'POST',
      path: '/internal/credits/spend',
      body: { user_id: populatedUserId(user), cost: 1, transaction_type: 'generation' },
      headers: { 'Idempotency-Key': randomUUID() },
    }),
  },
];

/** Each kind in turn, of users all over the population. Answers of 201 count as 200. */
export async function measureRequests(
  stack: MillionStack,
  services: Readonly<Record<'auth' | 'users' | 'credits', RunningService>>,
  users: number,
  { seconds, connections }: MillionOptions,
): Promise<RequestFigures[]> {
  const figures: RequestFigures[] = [];
  for (const { kind, service, request } of KINDS) {
    const requests = Array.from({ length: PREPARED }, () => bytesOf(stack, request(randomInt(users))));
    const spec = { url: services[service].url, requests, connections };
    await runLoad(spec, { seconds: Math.min(1, seconds) });
    const { requests: count, errors, latenciesMs } = await runLoad(spec, { seconds });
    figures.push({
      kind,
      requests: count,
      errors,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      maxMs: latenciesMs.at(-1) ?? Number.NaN,
    });
  }
  return figures;
}

function bytesOf(
  { serviceKey, adminKey }: MillionStack,
  { method, path, body, headers = {} }: ReturnType<Kind['request']>,
): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = {
    Host: 'bench.example',
    'X-Service-Key': serviceKey,
    'X-Admin-Key': adminKey,
    ...headers,
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
