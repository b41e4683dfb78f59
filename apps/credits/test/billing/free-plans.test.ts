import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { PLANS, startBilling, type Billing } from './start-billing.ts';

/** Plans that cost nothing: what they grant, to whom, and how often. */

let billing: Billing;
beforeAll(async () => {
  billing = await startBilling();
});
afterEach(async () => {
  await billing.setNow(undefined);
  await billing.expectInvariantsHold();
});
afterAll(() => billing.stop());

describe('the catalogue', () => {
  test('shows what is offered, lowest first, and what a change to it would be', async () => {
    const tenant = await billing.tenant();
    const before = await billing.as(tenant, 'GET', '/catalog/plans', undefined, 'viewer');
    expect(before.body).toMatchObject({ total: 4, limit: 50, offset: 0 });
    const items = (answer: typeof before) => answer.body['items'] as unknown as Record<string, unknown>[];
    expect(items(before).map(({ id, change }) => [id, change])).toEqual([
      ['free', null],
      ['starter', null],
      ['pro', null],
      ['enterprise', null],
    ]);
    expect(items(before)[0]).toMatchObject({ credits_per_period: 50, period: 'month', price: null, checkout: 'none' });
    await billing.subscribe(tenant, 'starter');
    const after = await billing.as(tenant, 'GET', '/catalog/plans', undefined, 'viewer');
    expect(items(after).map(({ id, current, change }) => [id, current, change])).toEqual([
      ['free', false, 'downgrade'],
      ['starter', true, 'current'],
      ['pro', false, 'upgrade'],
      ['enterprise', false, 'upgrade'],
    ]);
  });

  test('still shows a plan that is not offered to the organisation that is on it', async () => {
    const tenant = await billing.tenant();
    await billing.invoice(tenant, { plan_id: 'hidden', reference: 'H-1' });
    const { body } = await billing.as(tenant, 'GET', '/catalog/plans');
    const ids = (body['items'] as unknown as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(['free', 'starter', 'hidden', 'pro', 'enterprise']);
  });

  test('shows operators every plan, those that are not offered and former ones too', async () => {
    const { credits, owner } = billing;
    await owner.query(`INSERT INTO plan (id, amount, period, name, rank, priority, withdrawn_at)
      VALUES ('former', 1000000, 'month', 'Former', 99, 50, '2030-01-01T00:00:00Z')`);
    const path = '/platform/api/admin/plans';
    const key = { 'x-admin-key': String(credits.env['ADMIN_API_KEY']) };
    const { status, body } = await credits.send('GET', `${path}?limit=5&offset=1`, undefined, key);
    expect([status, body]).toMatchObject([200, { total: 6, limit: 5, offset: 1 }]);
    const items = body['items'] as unknown as Record<string, unknown>[];
    expect(items.map(({ id, offered, withdrawn_at: withdrawn }) => [id, offered, withdrawn])).toEqual([
      ['starter', true, null],
      ['hidden', false, null],
      ['pro', true, null],
      ['enterprise', true, null],
      ['former', false, '2030-01-01T00:00:00.000Z'],
    ]);
    await owner.query(`DELETE FROM plan WHERE id = 'former'`);
    expect((await credits.send('GET', path)).status).toBe(401);
    expect((await credits.send('GET', `${path}?limit=0`, undefined, key)).status).toBe(422);
  });
});

describe('a free plan', () => {
  test('begins at once, with its credits, and is told of with its tier', async () => {
    const tenant = await billing.tenant();
    const { status, body } = await billing.subscribe(tenant, 'free');
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({
        plan_id: 'free',
        plan_name: 'Free',
        status: 'active',
        provider: 'none',
        ended_at: null,
      }),
    ]);
    expect(await billing.balance(tenant)).toBe(50);
    expect((await billing.current(tenant)).body).toEqual(body);
    expect(await billing.lastTold(tenant)).toMatchObject({
      plan: 'free',
      tier: 'free',
      status: 'active',
      subscription_id: body['id'],
      revision: 1,
    });
  });

  test('is the same when it is chosen again, by whomever and however often', async () => {
    const tenant = await billing.tenant();
    const answers = await Promise.all(Array.from({ length: 20 }, () => billing.subscribe(tenant, 'free')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect(await billing.balance(tenant)).toBe(50);
  });

  test('under one Idempotency-Key gives the first answer again, and refuses another plan', async () => {
    const tenant = await billing.tenant();
    const key = { 'idempotency-key': uuidv7() };
    const first = await billing.subscribe(tenant, 'free', key);
    const again = await billing.subscribe(tenant, 'free', key);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect((await billing.subscribe(tenant, 'starter', key)).body).toMatchObject({ code: 'idempotency.conflict' });
  });

  test('left and chosen again within its period grants nothing twice', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2031-01-10T00:00:00Z');
    await billing.subscribe(tenant, 'free');
    const left = await billing.as(tenant, 'DELETE', '/subscriptions/current');
    expect(left.body).toMatchObject({ status: 'canceled', ended_at: '2031-01-10T00:00:00.000Z' });
    expect((await billing.current(tenant)).status).toBe(404);
    expect(await billing.lastTold(tenant)).toMatchObject({ plan: null, tier: 'free', subscription_id: null });
    await billing.setNow('2031-01-20T00:00:00Z');
    expect((await billing.subscribe(tenant, 'free')).status).toBe(201);
    expect(await billing.balance(tenant)).toBe(50);
    await billing.setNow('2031-02-10T00:00:00Z');
    await billing.letTimePass();
    expect((await billing.grantsOf(tenant)).map(([at]) => at)).toEqual(['2031-01-10', '2031-02-10']);
  });

  test('gives way to another one at once', async () => {
    const tenant = await billing.tenant();
    const { body: before } = await billing.subscribe(tenant, 'free');
    const { status, body } = await billing.subscribe(tenant, 'starter');
    expect([status, body['plan_id'], body['id']]).toEqual([200, 'starter', before['id']]);
    expect(await billing.balance(tenant)).toBe(110);
  });

  test('anchored on the 31st comes on the last of February and on the 31st of March', async () => {
    const tenant = await billing.tenant();
    await billing.setNow('2030-01-31T12:00:00Z');
    await billing.subscribe(tenant, 'free');
    for (const moment of ['2030-02-28T12:00:00Z', '2030-03-31T12:00:00Z']) {
      await billing.setNow(moment);
      await billing.letTimePass();
    }
    expect((await billing.grantsOf(tenant)).map(([at]) => at)).toEqual(['2030-01-31', '2030-02-28', '2030-03-31']);
    expect((await billing.current(tenant)).body).toMatchObject({
      current_period_start: '2030-03-31T12:00:00.000Z',
      current_period_end: '2030-04-30T12:00:00.000Z',
    });
  });
});

describe('a person has free credits in one organisation', () => {
  test('also where many are asked for at once', async () => {
    const first = await billing.tenant();
    const tenants = [first];
    while (tenants.length < 5) tenants.push(await billing.tenant(first.ownerId));
    const answers = await Promise.all(tenants.map((tenant) => billing.subscribe(tenant, 'free')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'tenant.limit_reached',
      limit: 1,
      resource: 'free_organisations',
    });
  });

  test('until the period of one that was left is over', async () => {
    await billing.setNow('2032-01-10T00:00:00Z');
    const first = await billing.tenant();
    const second = await billing.tenant(first.ownerId);
    await billing.subscribe(first, 'free');
    await billing.as(first, 'DELETE', '/subscriptions/current');
    expect((await billing.subscribe(second, 'free')).status).toBe(409);
    await billing.setNow('2032-02-10T00:00:01Z');
    expect((await billing.subscribe(second, 'free')).status).toBe(201);
  });
});

describe('who may choose', () => {
  test.each(['viewer', 'member'] as const)('a %s may not', async (role) => {
    const tenant = await billing.tenant();
    const { body } = await billing.as(tenant, 'POST', '/subscriptions', { plan_id: 'free' }, role);
    expect(body).toMatchObject({ status: 403, code: 'tenant.role_insufficient', required_role: 'admin' });
    expect((await billing.as(tenant, 'GET', '/subscriptions', undefined, role)).body).toMatchObject({
      items: [],
      total: 0,
    });
  });

  test('nobody chooses a plan that is paid by invoice, that is not offered, or that is none', async () => {
    const tenant = await billing.tenant();
    expect((await billing.subscribe(tenant, 'pro')).body).toMatchObject({
      status: 403,
      code: 'auth.forbidden',
      detail: expect.stringContaining('/platform/api/admin/tenants/{id}/subscription'),
    });
    for (const plan of ['hidden', 'none'])
      expect((await billing.subscribe(tenant, plan)).body).toMatchObject({ status: 422, code: 'request.invalid' });
  });

  test('an organisation whose account is closed gets none', async () => {
    const tenant = await billing.tenant();
    await billing.deliver('organisation.suspended', { organisation_id: tenant.id, revision: 1 });
    expect((await billing.subscribe(tenant, 'free')).body).toMatchObject({ status: 423 });
  });
});

test('plans that are taken over with another tier are told to the organisations on them', async () => {
  const tenant = await billing.tenant();
  await billing.subscribe(tenant, 'free');
  const items = Object.entries(PLANS).map(([id, plan], rank) => ({
    id,
    amount: '50000000',
    period: 'month',
    lifetime_periods: 1,
    priority: 50,
    rank,
    public: true,
    tier: id === 'free' ? 'pro' : ((plan as { tier?: string }).tier ?? 'free'),
  }));
  await billing.owner.query('SELECT ledger_load_plans($1)', [JSON.stringify(items)]);
  expect(await billing.lastTold(tenant)).toMatchObject({ plan: 'free', tier: 'pro' });
});
