import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { composeApiKey } from '@turnpike/contracts';
import { send, type Answer } from './support/send.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

/** What an address may fail in a minute: the limit of anonymous requests. */
const FAILURES_MAX = 60;
const ATTEMPTS = 600;
/** As many characters as a credential may have. */
const LONG = 8_000;

let stack: EdgeStack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_TIERS: '{"free":{"per_minute":100000}}' });
  redis = new Redis(stack.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});

let address = '';
let clients = 0;
beforeEach(() => {
  clients += 1;
  address = `198.51.100.${clients}`;
});

type Attempt = (index: number) => Promise<Answer>;
const from = (headers: Record<string, string> = {}) => ({ 'X-Forwarded-For': address, ...headers });
const countsOf = (answers: readonly Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const atOnce = (attempt: Attempt): Promise<Answer[]> =>
  Promise.all(Array.from({ length: ATTEMPTS }, (_value, index) => attempt(index)));
const inTurn = async (attempt: Attempt): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (let index = 0; index < FAILURES_MAX * 2; index += 1) answers.push(await attempt(index));
  return answers;
};
const refreshWith =
  (body: (index: number) => object, path = '/auth/verification/refresh-token'): Attempt =>
  (index) =>
    stack.send(path, { method: 'POST', json: body(index), headers: from() });
const invented = (): string => `rt_${randomBytes(32).toString('base64url')}`;
const ATTACKS: [string, number, Attempt][] = [
  ['random tokens with no user', 422, refreshWith(() => ({ refresh_token: invented() }))],
  ['random tokens', 401, refreshWith(() => ({ refresh_token: invented(), user_uuid: randomUUID() }))],
  ['tokens of the wrong type', 422, refreshWith((index) => ({ refresh_token: index }), '/api/v1/auth/refresh')],
  [
    'long tokens',
    401,
    refreshWith(() => ({ refresh_token: `rt_${randomBytes(LONG / 2).toString('hex')}` }), '/api/v1/auth/refresh'),
  ],
  [
    'API keys with a good checksum',
    401,
    (index) =>
      send(stack.edge.url, '/api/v1/timepoints', {
        headers: from({ 'X-API-Key': composeApiKey('live', String(index).padStart(30, 'C')) }),
      }),
  ],
  [
    'keys for models, each another one (E29)',
    401,
    (index) =>
      stack.send('/trueportai-services/openai/v1/chat/completions', {
        method: 'POST',
        json: {},
        headers: from({ 'X-API-Key': composeApiKey('live', String(index).padStart(30, 'M')) }),
      }),
  ],
  [
    'admin keys',
    403,
    (index) =>
      stack.send('/api/v1/credits/admin/grant', {
        method: 'POST',
        json: {},
        headers: from({ 'X-Admin-Key': `no-${index}` }),
      }),
  ],
];

describe.each(ATTACKS)('the address pays for every answer that is no success: %s', (_name, status, attempt) => {
  test('one after another', async () => {
    expect(countsOf(await inTurn(attempt))).toEqual({ [status]: FAILURES_MAX, 429: FAILURES_MAX });
  });

  test(`${ATTEMPTS} at once`, async () => {
    const answers = await atOnce(attempt);
    expect(countsOf(answers)).toEqual({ [status]: FAILURES_MAX, 429: ATTEMPTS - FAILURES_MAX });
    for (const refused of answers.filter((answer) => answer.status === 429))
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});

test('what strangers make up is bounded in the store, in number and in size', async () => {
  const before = new Set(await redis.keys('*'));
  await atOnce(
    refreshWith(() => ({ refresh_token: `rt_${randomBytes(LONG / 2).toString('hex')}` }), '/api/v1/auth/refresh'),
  );
  const made = (await redis.keys('*limit*')).filter((key) => !before.has(key));
  expect(made.length).toBeGreaterThan(0);
  // One counter for each secret that was looked up, and those of the address.
  expect(made.length).toBeLessThanOrEqual(FAILURES_MAX + 2);
  for (const key of made) expect(key.length + (await redis.strlen(key))).toBeLessThan(256);
});

test('good tokens of one address, more at once than it may fail, are all refreshed', async () => {
  const users = await Promise.all(Array.from({ length: FAILURES_MAX * 2 }, () => stack.signIn()));
  const answers = await Promise.all(
    users.map(({ refreshToken }) =>
      stack.send('/api/v1/auth/refresh', { method: 'POST', json: { refresh_token: refreshToken }, headers: from() }),
    ),
  );
  expect(countsOf(answers)).toEqual({ 200: users.length });
});
