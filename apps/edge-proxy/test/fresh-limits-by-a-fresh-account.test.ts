import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEYS } from './support/keys.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

/** Deleting the account and signing up again brings no fresh windows: they belong to the person, not to the user id. */

let stack: EdgeStack;
beforeAll(async () => {
  stack = await startStack({ RATE_LIMIT_TIERS: '{"free":{"per_minute":10,"per_day":100}}' });
});
afterAll(() => stack.stop());

async function signIn(email: string): Promise<string> {
  const headers = { 'X-Admin-Key': KEYS.ADMIN_API_KEY };
  const answer = await stack.send('/api/v1/auth/dev/token', { method: 'POST', headers, json: { email } });
  expect(answer.status).toBe(200);
  return String(answer.body['access_token']);
}

test('the windows of the minute and the day go on where the deleted account left them', async () => {
  const email = `${randomUUID()}@edge.example`;
  const first = await signIn(email);
  for (let calls = 0; calls < 6; calls += 1) await stack.send('/api/v1/credits/balance', { token: first });
  expect((await stack.send('/api/v1/auth/me', { method: 'DELETE', token: first })).status).toBe(200);
  const again = await signIn(email);
  const answer = await stack.send('/api/v1/credits/balance', { token: again });
  expect(answer.body['balance']).toBe(0);
  expect(answer.headers['ratelimit']).toMatch(/^"minute";r=2;t=\d+, "day";r=92;t=\d+$/);
});

test('somebody else has windows of their own', async () => {
  const { token } = await stack.signIn();
  const answer = await stack.send('/api/v1/credits/balance', { token });
  expect(answer.headers['ratelimit']).toMatch(/^"minute";r=9;/);
});
