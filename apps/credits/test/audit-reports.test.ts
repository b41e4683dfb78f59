import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { EVENTS } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { openClient } from '@turnpike/test-kit';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** What operators and services change in prices and accounts is reported to the audit trail, once, and only where something changed. */

let credits: Credits;
let owner: pg.Client;
beforeAll(async () => {
  credits = await startCredits();
  owner = await openClient({ connectionString: credits.database.url });
});
afterAll(async () => {
  await owner.end();
  await credits.stop();
});

/** What was reported under a request id, as the trail takes it. */
async function reportsOf(requestId: string): Promise<unknown[]> {
  const { rows } = await owner.query<{ payload: unknown }>(
    "SELECT payload FROM outbox WHERE type = 'audit.recorded' AND payload->>'request_id' = $1 ORDER BY created_at, id",
    [requestId],
  );
  return rows.map(({ payload }) => EVENTS['audit.recorded'].payload.parse(payload));
}

const asOperator = (method: string, path: string, requestId: string, body?: object): Promise<Answer> =>
  credits.send(method, path, body, { 'x-admin-key': String(credits.env['ADMIN_API_KEY']), 'x-request-id': requestId });

test('a price: the new one and the one before, a retirement, nothing where it stays', async () => {
  const request = uuidv7();
  const price = '/api/v1/credits/admin/costs/audited';
  for (const cost of [4, 6, 6])
    expect((await asOperator('PUT', price, request, { cost, transaction_type: 'chat' })).status).toBe(200);
  expect((await asOperator('DELETE', price, request)).status).toBe(200);
  expect((await asOperator('DELETE', '/api/v1/credits/admin/costs/never-was', request)).status).toBe(404);
  const detail = { operation: 'audited', transaction_type: 'chat' };
  expect(await reportsOf(request)).toEqual([
    expect.objectContaining({
      action: 'credits.price_set',
      actor: 'operator',
      detail: { ...detail, cost: 4, cost_before: null, version: 1 },
    }),
    expect.objectContaining({
      action: 'credits.price_set',
      actor: 'operator',
      detail: { ...detail, cost: 6, cost_before: 4, version: 2 },
    }),
    expect.objectContaining({
      action: 'credits.price_retired',
      actor: 'operator',
      detail: { ...detail, cost: null, cost_before: 6, version: 3 },
    }),
  ]);
});

test('forgiven debt: whose and how much, once', async () => {
  const user = await credits.userWith(2);
  const { body } = await credits.reserve(user, 2);
  expect((await credits.settle(body['reservation_id'], { amount: 9 })).status).toBe(200);
  const request = uuidv7();
  const writeOff = { user_id: user, reason: 'goodwill' };
  expect((await asOperator('POST', '/api/v1/credits/admin/write-off', request, writeOff)).body).toEqual({
    written_off: 7,
  });
  expect((await asOperator('POST', '/api/v1/credits/admin/write-off', request, writeOff)).body).toEqual({
    written_off: 0,
  });
  expect(await reportsOf(request)).toEqual([
    expect.objectContaining({
      action: 'credits.debt_written_off',
      actor: 'operator',
      user_id: user,
      detail: { reason: 'goodwill', amount: 7 },
    }),
  ]);
});

test('a grant taken back: by which service, whose, which and how much, once', async () => {
  const user = uuidv7();
  const { body } = await credits.grant(user, 20);
  await credits.reserve(user, 5);
  const request = uuidv7();
  const take = () =>
    credits.send('POST', `/internal/credits/grants/${String(body['grant_id'])}/void`, undefined, {
      'x-service-key': String(credits.env['SERVICE_API_KEY']),
      'x-request-id': request,
    });
  expect((await take()).body).toMatchObject({ voided: 15 });
  expect((await take()).status).toBe(200);
  expect(await reportsOf(request)).toEqual([
    expect.objectContaining({
      action: 'credits.grant_voided',
      actor: 'service',
      user_id: user,
      detail: { caller: 'internal', grant_id: body['grant_id'], amount: 15 },
    }),
  ]);
});
