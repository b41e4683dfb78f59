import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startBilling, type Billing, type Tenant } from './start-billing.ts';

/** A plan that an operator gives by invoice: paid time, once per reference, and what follows when it ends. */

let billing: Billing;
beforeAll(async () => {
  billing = await startBilling();
});
afterEach(async () => {
  await billing.setNow(undefined);
  await billing.expectInvariantsHold();
});
afterAll(() => billing.stop());

const invoice = (tenant: Tenant, reference: string, more: object = {}) =>
  billing.invoice(tenant, { plan_id: 'pro', provider: 'manual', reference, ...more });

test('grants each period when it begins, as long as it is paid', async () => {
  const tenant = await billing.tenant();
  await billing.setNow('2030-01-31T00:00:00Z');
  const { status, body } = await invoice(tenant, 'INV-1', { periods: 3 });
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      plan_id: 'pro',
      status: 'active',
      provider: 'manual',
      current_period_start: '2030-01-31T00:00:00.000Z',
      current_period_end: '2030-04-30T00:00:00.000Z',
    }),
  ]);
  expect(await billing.lastTold(tenant)).toMatchObject({ plan: 'pro', tier: 'pro', limits: { members: 3 } });
  for (const moment of [
    '2030-02-28T00:00:00Z',
    '2030-03-31T00:00:00Z',
    '2030-04-30T00:00:00Z',
    '2030-05-01T00:00:00Z',
  ]) {
    await billing.setNow(moment);
    await billing.letTimePass();
  }
  expect((await billing.grantsOf(tenant)).map(([at, amount]) => [at, amount])).toEqual([
    ['2030-01-31', 500],
    ['2030-02-28', 500],
    ['2030-03-31', 500],
  ]);
});

test('counts once per reference, however often and at once it is sent', async () => {
  const tenant = await billing.tenant();
  const answers = await Promise.all(Array.from({ length: 10 }, () => invoice(tenant, 'INV-17', { periods: 12 })));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await billing.balance(tenant)).toBe(500);
  // Another plan under the reference changes nothing either.
  expect((await billing.invoice(tenant, { plan_id: 'enterprise', reference: 'INV-17' })).body).toEqual(
    answers[0]?.body,
  );
});

test('a further one goes on where the paid time ends', async () => {
  const tenant = await billing.tenant();
  await billing.setNow('2030-01-31T00:00:00Z');
  await invoice(tenant, 'A-1');
  await billing.setNow('2030-02-10T00:00:00Z');
  expect((await invoice(tenant, 'A-2', { periods: 2 })).body).toMatchObject({
    current_period_start: '2030-01-31T00:00:00.000Z',
    current_period_end: '2030-04-30T00:00:00.000Z',
  });
  expect(await billing.balance(tenant)).toBe(500);
});

test('one for a time that has passed grants what is left of it', async () => {
  const tenant = await billing.tenant();
  const anchor = new Date(Date.now() - 40 * 86_400_000).toISOString();
  await invoice(tenant, 'B-1', { periods: 3, anchor_at: anchor });
  expect(await billing.balance(tenant)).toBe(500);
  expect(await billing.grantsOf(tenant)).toHaveLength(2);
  for (const [moment, path] of [
    [new Date(Date.now() + 86_400_000), 'body.anchor_at'],
    [new Date('2001-01-01'), 'body.anchor_at'],
  ] as const) {
    const { body } = await invoice(tenant, uuidv7(), { anchor_at: moment.toISOString() });
    expect(body).toMatchObject({ status: 422, errors: [{ path }] });
  }
});

describe('unpaid', () => {
  test('it grants nothing and keeps its tier for the days of grace, then it ends', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2031-03-01T00:00:00Z');
    const { body: first } = await invoice(tenant, 'U-1');
    await billing.setNow('2031-04-01T00:00:00Z');
    await billing.letTimePass();
    expect((await billing.current(tenant)).body).toMatchObject({ id: first['id'], status: 'past_due' });
    expect(await billing.lastTold(tenant)).toMatchObject({ status: 'past_due', tier: 'pro', plan: 'pro' });
    expect(await billing.balance(tenant)).toBe(0);
    await billing.setNow('2031-04-08T00:00:00Z');
    await billing.letTimePass();
    expect((await billing.current(tenant)).status).toBe(404);
    expect(await billing.lastTold(tenant)).toMatchObject({ status: null, tier: 'free', plan: null });
  });

  test('a late invoice pays from where the paid time ended', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2031-03-01T00:00:00Z');
    await invoice(tenant, 'L-1');
    await billing.setNow('2031-04-03T00:00:00Z');
    await billing.letTimePass();
    expect((await invoice(tenant, 'L-2')).body).toMatchObject({
      status: 'active',
      current_period_start: '2031-04-01T00:00:00.000Z',
      current_period_end: '2031-05-01T00:00:00.000Z',
    });
    expect((await billing.grantsOf(tenant)).map(([at]) => at)).toEqual(['2031-03-01', '2031-04-01']);
    expect(await billing.balance(tenant)).toBe(500);
  });
});

describe('another plan', () => {
  test('of an invoice takes the place of the present one at once', async () => {
    const tenant = await billing.tenant();
    await billing.subscribe(tenant, 'free');
    const { body: pro } = await invoice(tenant, 'C-1');
    const { body: enterprise } = await billing.invoice(tenant, { plan_id: 'enterprise', reference: 'C-2' });
    expect(enterprise).toMatchObject({ plan_id: 'enterprise', status: 'active' });
    expect(enterprise['id']).not.toBe(pro['id']);
    expect(await billing.balance(tenant)).toBe(5550);
    const { body } = await billing.as(tenant, 'GET', '/subscriptions');
    const items = body['items'] as unknown as Record<string, unknown>[];
    expect(items.map(({ plan_id: plan, status }) => [plan, status])).toEqual([
      ['enterprise', 'active'],
      ['pro', 'canceled'],
      ['free', 'canceled'],
    ]);
  });

  test('that is free follows at the end of the paid time, unless it is taken back', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2031-03-01T00:00:00Z');
    await invoice(tenant, 'D-1');
    const planned = await billing.subscribe(tenant, 'free');
    expect([planned.status, planned.body]).toEqual([
      200,
      expect.objectContaining({ plan_id: 'pro', scheduled_plan_id: 'free' }),
    ]);
    const undone = await billing.as(tenant, 'PATCH', '/subscriptions/current', { scheduled_plan_id: null });
    expect(undone.body).toMatchObject({ plan_id: 'pro', scheduled_plan_id: null });
    await billing.subscribe(tenant, 'free');
    expect(await billing.balance(tenant)).toBe(500);
    await billing.setNow('2031-04-01T00:00:00Z');
    await billing.letTimePass();
    expect((await billing.current(tenant)).body).toMatchObject({ plan_id: 'free', status: 'active' });
    expect(await billing.balance(tenant)).toBe(50);
    expect(await billing.lastTold(tenant)).toMatchObject({ plan: 'free', tier: 'free' });
  });
});

test('free, then pro, then free within a month grants the free credits once', async () => {
  const tenant = await billing.tenant();
  await billing.setNow('2033-03-01T00:00:00Z');
  await billing.subscribe(tenant, 'free');
  await billing.setNow('2033-03-02T00:00:00Z');
  await invoice(tenant, 'E-1');
  await billing.as(tenant, 'DELETE', '/subscriptions/current');
  await billing.subscribe(tenant, 'free');
  expect((await billing.grantsOf(tenant)).map(([, amount, source]) => [source, amount])).toEqual([
    ['plan:free', 50],
    ['plan:pro', 500],
  ]);
});

test('it ends when the operator takes it, and its credits stay', async () => {
  const tenant = await billing.tenant();
  await invoice(tenant, 'F-1');
  const ended = await billing.invoice(tenant, { plan_id: null });
  expect([ended.status, ended.body]).toEqual([200, expect.objectContaining({ plan_id: 'pro', status: 'canceled' })]);
  expect((await billing.invoice(tenant, { plan_id: null })).body).toEqual(ended.body);
  expect(await billing.balance(tenant)).toBe(500);
  expect(await billing.lastTold(tenant)).toMatchObject({ plan: null, tier: 'free' });
});

describe('refused', () => {
  test.each([
    [{ plan_id: 'none', reference: 'X' }, 422],
    [{ plan_id: 'pro' }, 422],
    [{ plan_id: 'pro', reference: 'X', periods: 13 }, 422],
    [{ plan_id: 'pro', reference: 'X', provider: 'stripe' }, 422],
    [{}, 422],
  ])('%j is %i', async (body, status) => {
    expect((await billing.invoice(await billing.tenant(), body)).status).toBe(status);
  });

  test('an organisation that nobody knows is 404', async () => {
    expect((await invoice({ id: uuidv7(), ownerId: uuidv7() }, 'X')).status).toBe(404);
  });
});

describe('an organisation that is', () => {
  test('suspended keeps its plan and is granted nothing until it is restored', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2034-01-01T00:00:00Z');
    await invoice(tenant, 'S-1', { periods: 12 });
    await billing.deliver('organisation.suspended', { organisation_id: tenant.id, revision: 1 });
    await billing.setNow('2034-03-10T00:00:00Z');
    await billing.letTimePass();
    expect(await billing.grantsOf(tenant)).toHaveLength(1);
    expect((await invoice(tenant, 'S-2')).body).toMatchObject({ code: 'credits.account_closed' });
    await billing.deliver('organisation.restored', { organisation_id: tenant.id, revision: 2 });
    await billing.letTimePass();
    expect((await billing.grantsOf(tenant)).map(([at]) => at)).toEqual(['2034-01-01', '2034-03-01']);
    expect((await billing.current(tenant)).body).toMatchObject({ status: 'active', plan_id: 'pro' });
  });

  test('archived loses its plan', async () => {
    const tenant = await billing.tenant();
    await invoice(tenant, 'R-1');
    await billing.deliver('organisation.archived', { organisation_id: tenant.id, revision: 1 });
    await billing.deliver('organisation.archived', { organisation_id: tenant.id, revision: 1 });
    expect((await billing.current(tenant)).status).toBe(404);
    expect(await billing.lastTold(tenant)).toMatchObject({ plan: null, tier: 'free', revision: 2 });
  });
});
