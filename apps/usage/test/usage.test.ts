import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { keyed, member, person } from './start-usage.ts';
import { STORES, type UsageOverStore } from './stores.ts';

type Items = { items: { request_id: string; id: string }[]; total: number };
const ids = (body: unknown): string[] => (body as Items).items.map(({ request_id }) => request_id).toSorted();

describe.each(STORES)('over $name', ({ start }) => {
  let usage: UsageOverStore;
  const userId = randomUUID();
  const stranger = randomUUID();
  const organisationId = randomUUID();
  const keyId = randomUUID();
  const charged = {
    operation: 'chat',
    held: 2_000_000,
    charged: 1_250_000,
    chargeState: 'settled',
    hold: 'h',
  } as const;
  const model = {
    provider: 'openai',
    model: 'gpt-5',
    input_tokens: 120,
    output_tokens: 30,
    ttft_ms: 40,
    violations: 1,
  } as const;

  beforeAll(async () => {
    usage = await start();
    await usage.record(
      {
        caller: keyed(person(userId), keyId),
        keyPrefix: 'sk_live_4f0c1a',
        route: 'chat',
        path: '/v1/chats/:id',
        requestId: 'mine-1',
        detail: charged,
      },
      { caller: person(userId), route: 'clockchain', requestId: 'mine-2' },
      {
        caller: person(userId),
        route: 'clockchain',
        status: 404,
        requestId: 'mine-3',
        detail: { code: 'resource.not_found' },
      },
      { caller: person(stranger), route: 'chat', requestId: 'mine-1' },
      {
        caller: keyed(member(userId, organisationId), keyId),
        keyPrefix: 'sk_live_4f0c1a',
        route: 'llm',
        path: '/llm/*',
        requestId: 'ours-1',
        detail: { ...charged, model },
      },
      { caller: member(stranger, organisationId), route: 'clockchain', requestId: 'ours-2' },
      { caller: member(stranger, organisationId, 'test'), route: 'clockchain', requestId: 'ours-test' },
    );
  });

  afterAll(() => usage.stop());

  describe('GET /api/v1/usage', () => {
    test('sums the personal use of the caller alone', async () => {
      const { status, body } = await usage.asUser(userId, '/api/v1/usage?group_by=route');
      expect(status).toBe(200);
      expect(body['totals']).toMatchObject({ requests: 3, errors: 1, cost: '1.25' });
      expect(body['groups']).toMatchObject([
        { key: 'clockchain', requests: 2 },
        { key: 'chat', requests: 1, cost: '1.25' },
      ]);
      expect(body['series']).toHaveLength(1);
    });

    test('within an organisation, what the caller did there', async () => {
      const { body } = await usage.asMember(
        userId,
        organisationId,
        'viewer',
        '/api/v1/usage?group_by=model&interval=day',
      );
      expect(body['totals']).toMatchObject({ requests: 1, input_tokens: 120, output_tokens: 30, violations: 1 });
      expect(body['groups']).toMatchObject([{ key: 'gpt-5', requests: 1 }]);
    });

    test('422 for a period that is too long for its interval, or ends before it begins', async () => {
      for (const query of [
        'interval=minute&from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z',
        'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
        'interval=week',
      ])
        expect((await usage.asUser(userId, `/api/v1/usage?${query}`)).status).toBe(422);
    });

    test.each([
      'to=0001-01-01T00:00:00Z',
      'to=9999-12-31T23:59:59Z',
      'from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z',
    ])('moments that no database knows find nothing: %s', async (query) => {
      for (const path of ['/api/v1/usage?interval=day&', '/api/v1/usage/requests?'])
        expect([200, 422]).toContain((await usage.asUser(stranger, path + query)).status);
      expect((await usage.asUser(stranger, '/api/v1/usage/requests/ffffffff-ffff-7fff-bfff-ffffffffffff')).status).toBe(
        404,
      );
    });

    test('401 without a caller', async () => {
      expect((await usage.send('GET', '/api/v1/usage')).status).toBe(401);
    });
  });

  describe('GET /api/v1/usage/requests', () => {
    test('lists the own ones, by filters and in pages', async () => {
      expect(ids((await usage.asUser(userId, '/api/v1/usage/requests')).body)).toEqual(['mine-1', 'mine-2', 'mine-3']);
      const filtered = async (query: string) =>
        ids((await usage.asUser(userId, `/api/v1/usage/requests?${query}`)).body);
      expect(await filtered('status=4xx')).toEqual(['mine-3']);
      expect(await filtered('status=200&route=clockchain')).toEqual(['mine-2']);
      expect(await filtered('request_id=mine-1')).toEqual(['mine-1']);
      expect(await filtered(`key_id=${randomUUID()}`)).toEqual([]);
      const first = (await usage.asUser(userId, '/api/v1/usage/requests?limit=2')).body as unknown as Items;
      expect(first.total).toBe(3);
      const next = await usage.asUser(userId, `/api/v1/usage/requests?limit=2&cursor=${first.items[1]?.id}`);
      expect([...ids(first), ...ids(next.body)].toSorted()).toEqual(['mine-1', 'mine-2', 'mine-3']);
    });

    test('one is shown with its way; somebody else’s is 404 like one that there is not', async () => {
      const { body } = await usage.asUser(userId, '/api/v1/usage/requests?request_id=mine-1');
      const [own] = (body as unknown as Items).items;
      const path = `/api/v1/usage/requests/${own?.id}`;
      const shown = await usage.asUser(userId, path);
      expect(shown.body).toMatchObject({ request_id: 'mine-1', charged: '1.25', held: '2' });
      expect(shown.body).toMatchObject({ key_id: keyId, key_prefix: 'sk_live_4f0c1a', path: '/v1/chats/:id' });
      const links = shown.body['explain'] as unknown as { link: string; outcome: string; detail: string }[];
      expect(links.slice(0, 2).map(({ detail }) => detail)).toEqual([
        'The API key sk_live_4f0c1a….',
        'GET matched the route chat (/v1/chats/:id).',
      ]);
      expect(links.map(({ link, outcome }) => `${link} ${outcome}`)).toEqual([
        'caller passed',
        'route passed',
        'limit passed',
        'price passed',
        'hold passed',
        'upstream passed',
        'settle passed',
      ]);
      expect(JSON.stringify(shown.body)).not.toContain('private');
      const theirs = await usage.asUser(stranger, path);
      const nobodys = await usage.asUser(stranger, `/api/v1/usage/requests/${randomUUID()}`);
      expect(theirs.status).toBe(404);
      expect({ ...theirs.body, request_id: '' }).toEqual({ ...nobodys.body, request_id: '' });
      // Neither with the token of another organisation, nor the own request within one.
      expect((await usage.asMember(userId, organisationId, 'owner', path)).status).toBe(404);
    });
  });

  describe('the analytics of an organisation', () => {
    const LOGS = '/trueportai-services/api/v1/analytics/logs';
    const STATS = '/trueportai-services/api/v1/analytics/stats';

    test('log the calls of its environment, with what is known of models', async () => {
      const { status, body } = await usage.asMember(userId, organisationId, 'member', LOGS);
      expect(status).toBe(200);
      expect(ids(body)).toEqual(['ours-1', 'ours-2']);
      const { items } = body as unknown as { items: Record<string, unknown>[] };
      expect(items.find(({ request_id: id }) => id === 'ours-1')).toMatchObject({
        user_id: userId,
        key_prefix: 'sk_live_4f0c1a',
        path: '/llm/*',
        tenant_id: organisationId,
        provider: 'openai',
        model: 'gpt-5',
        input_tokens: 120,
        output_tokens: 30,
        cost: '1.25',
        charge_state: 'settled',
        violations: 1,
      });
      const filtered = async (query: string) =>
        ids((await usage.asMember(userId, organisationId, 'member', `${LOGS}?${query}`)).body);
      expect(await filtered('provider=openai')).toEqual(['ours-1']);
      expect(await filtered('has_violation=true')).toEqual(['ours-1']);
      expect(await filtered('has_violation=false')).toEqual(['ours-2']);
      expect(await filtered('min_cost=1.25')).toEqual(['ours-1']);
      expect(await filtered('min_cost=1.250001')).toEqual([]);
      expect(await filtered(`user_id=${stranger}`)).toEqual(['ours-2']);
    });

    test('sum them, by user and provider', async () => {
      const by = async (group: string) =>
        (await usage.asMember(userId, organisationId, 'member', `${STATS}?group_by=${group}&interval=day`)).body;
      expect((await by('user'))['totals']).toMatchObject({ requests: 2, cost: '1.25' });
      expect((await by('user'))['groups']).toHaveLength(2);
      const provider = (await by('provider'))['groups'] as unknown as { key: string }[];
      expect(provider.map(({ key }) => key).toSorted()).toEqual(['', 'openai']);
    });

    test('count exactly past ten thousand where sums can, and say so where they stop', async () => {
      const busy = randomUUID();
      const hourMs = 3_600_000;
      const lastHourMs = Math.floor(Date.now() / hourMs) * hourMs - hourMs;
      const batch = Array.from({ length: 500 }, (_value, place) => ({
        caller: member(userId, busy),
        atMs: lastHourMs + place * 1_000,
      }));
      for (let sent = 0; sent < 21; sent += 1) await usage.leave(batch);
      await usage.record({ caller: member(userId, busy), status: 404, requestId: 'the-last' });
      const count = async (query: string) => {
        const { body } = await usage.asMember(userId, busy, 'member', `${LOGS}?${query}`);
        return [body['total'], body['total_is_capped']];
      };
      await waitFor(async () => (await count('status=2xx'))[0] === 10_500);
      expect(await count('')).toEqual([10_501, undefined]);
      expect(await count('status=200')).toEqual([10_000, true]);
      expect(await count('status=4xx')).toEqual([1, undefined]);
    });

    test('are for members: 403 for a viewer, and for who selected no organisation', async () => {
      for (const path of [LOGS, STATS]) {
        expect((await usage.asMember(userId, organisationId, 'viewer', path)).status).toBe(403);
        expect((await usage.asUser(userId, path)).status).toBe(403);
        expect((await usage.asMember(userId, organisationId, 'member', `${path}?from=nonsense`)).status).toBe(422);
      }
      expect(ids((await usage.asMember(userId, randomUUID(), 'member', LOGS)).body)).toEqual([]);
    });
  });

  describe('the operator’s view', () => {
    const LIST = '/api/v1/usage/admin/requests';

    test('lists everybody’s, and a request id that two chose twice', async () => {
      expect(ids((await usage.asOperator(`${LIST}?request_id=mine-1`)).body)).toEqual(['mine-1', 'mine-1']);
      expect(
        ids((await usage.asOperator(`${LIST}?user_id=${stranger}&organisation_id=${organisationId}`)).body),
      ).toEqual(['ours-2', 'ours-test']);
      expect(ids((await usage.asOperator(`${LIST}?error_code=resource.not_found`)).body)).toEqual(['mine-3']);
    });

    test('is whole though auth and credits do not answer, and says so', async () => {
      const { body } = await usage.asOperator(`${LIST}?request_id=ours-1`);
      const [{ id } = { id: '' }] = (body as unknown as Items).items;
      const shown = await usage.asOperator(`${LIST}/${id}`);
      expect(shown.status).toBe(200);
      expect(shown.body).toMatchObject({ user_id: userId, hold_id: 'h', address_class: 'private' });
      const links = shown.body['explain'] as unknown as Record<string, unknown>[];
      expect(links.find(({ link }) => link === 'hold')).toMatchObject({ outcome: 'passed', unavailable: 'credits' });
    });

    test('404 for an id that there is not; 403 for everybody else', async () => {
      expect((await usage.asOperator(`${LIST}/${randomUUID()}`)).status).toBe(404);
      for (const path of [LIST, `${LIST}/${randomUUID()}`, '/api/v1/usage/admin/drift'])
        expect((await usage.send('GET', path, { 'X-Admin-Key': 'wrong' })).status).toBe(403);
    });

    test('the comparison with the ledger is empty before it was made', async () => {
      expect((await usage.asOperator('/api/v1/usage/admin/drift')).body).toEqual({ days: [] });
    });
  });
});
