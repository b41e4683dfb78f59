import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { balanceOf, refusalOf } from '../../support/callers.ts';
import { type ReceivedRequest } from '../../support/recording-backend.ts';
import {
  SIGNING_SECRET,
  backend,
  temp,
  visitor,
  GENERATE,
  LIST,
  password,
  newPerson,
  within,
  newOrganisation,
  organisationOf,
  join,
  spend,
  organisationCredits,
  outcomeOf,
} from './stage.ts';

/** The signature that docs/downstream.md tells a backend to compute. */
function secondSignature({ method, path, headers }: ReceivedRequest): string {
  const [user, tenant, timestamp] = ['x-user-id', 'x-tenant-id', 'x-gateway-timestamp'].map((name) => headers[name]);
  const text = ['v2', method, path, user, tenant, timestamp].join('\n');
  return `v2=${createHmac('sha256', SIGNING_SECRET).update(text).digest('hex')}`;
}

/** By which credential somebody works in an organisation, and who pays. */
export function credentialsTests(): void {
  describe('login → select-tenant → service route', () => {
    test('the organisation is made, selected, known by its token alone, and pays for the call; nobody’s own credits move', async () => {
      const { id, slug, owner, calls } = await newOrganisation();
      expect(await calls.call('platform.serviceInfo')).toMatchObject({
        id,
        tenant_id: id,
        slug,
        role: 'owner',
        env: 'prod',
        owner_id: owner.id,
        credits: { balance: 50, held: 0 },
        subscription_id: null,
        limits: { members: 100, pending_invites: 50, requests_per_minute: 10_000 },
      });
      expect(await spend(calls)).toBe('45');
      expect(await organisationCredits(calls)).toBe(45);
      expect(await balanceOf(owner.self)).toBe(50);
      expect(await spend(owner.self)).toBe('45');
      expect(await organisationCredits(calls)).toBe(45);
      const again = await visitor.call('platform.login', { body: { email: owner.email, password } });
      expect(again.tenants).toMatchObject([{ id, slug, role: 'owner', status: 'active' }]);
    });

    test('the backend is told the organisation under a signature that covers it, and of a personal call nothing', async () => {
      const { id, owner, calls } = await newOrganisation();
      await spend(calls);
      await spend(owner.self);
      const [inside, personal] = backend.received;
      expect(inside?.headers).toMatchObject({
        'x-user-id': owner.id,
        'x-tenant-id': id,
        'x-gateway-tenant-role': 'owner',
        'x-gateway-tenant-env': 'prod',
        'x-gateway-metered': 'true',
      });
      if (inside === undefined) throw new Error('the backend was not called');
      expect(inside.headers['x-gateway-signature-v2']).toBe(secondSignature(inside));
      for (const name of ['x-tenant-id', 'x-gateway-tenant-role', 'x-gateway-signature-v2'])
        expect(personal?.headers).not.toHaveProperty(name);
    });

    test('what a client says of an organisation counts for nothing (E15)', async () => {
      const [own, other] = [await newOrganisation(), await newOrganisation()];
      const headers = { 'X-Tenant-ID': other.id, X_Tenant_ID: other.id, 'X-Gateway-Tenant-Role': 'owner' };
      const json = { query: 'x', tenant_id: other.id };
      await own.calls.requestWithHeaders(GENERATE, { method: 'POST', json, headers });
      expect(backend.received[0]?.headers['x-tenant-id']).toBe(own.id);
      expect(backend.received[0]?.headers).not.toHaveProperty('x_tenant_id');
      expect([await organisationCredits(own.calls), await organisationCredits(other.calls)]).toEqual([45, 50]);
      const info = await own.calls.request<{ id: string }>('/platform/api/service/info', { headers });
      expect(info.id).toBe(own.id);
    });

    test('a refresh may ask for an organisation at once', async () => {
      const { id, owner } = await newOrganisation();
      const tokens = await visitor.call('platform.refresh', {
        body: { refresh_token: owner.tokens.refresh_token, tenant_id: id, env: 'test' },
      });
      expect(await visitor.as({ accessToken: tokens.access_token }).call('platform.serviceInfo')).toMatchObject({
        id,
        env: 'test',
      });
    });
  });

  describe('key → proxy route', () => {
    test('a key of the organisation calls a backend on its credits, until the organisation ends', async () => {
      const { id, slug, owner, calls } = await newOrganisation();
      const made = await calls.call('llm.createKey', { body: { name: 'server', scopes: ['timepoints:write'] } });
      const key = visitor.as({ apiKey: made.key });
      expect(await spend(key)).toBe('45');
      expect(backend.received[0]?.headers).toMatchObject({ 'x-tenant-id': id, 'x-user-id': owner.id });
      expect(await balanceOf(owner.self)).toBe(50);

      const archived = await owner.self.call('platform.archiveTenant', { params: { id }, body: { slug } });
      expect(archived).toMatchObject({ id, status: 'archived' });
      await waitFor(async () => (await refusalOf(spend(key))).status === 403);
      await waitFor(async () => (await refusalOf(calls.call('platform.serviceInfo'))).status === 403);
      expect(await outcomeOf(within(owner, id))).toEqual([404, 'resource.not_found']);
      expect(await owner.self.call('platform.listTenants')).toMatchObject({ total: 0 });
      const operator = visitor.as({ adminKey: temp.stack.info.admin_api_key });
      const grant = { owner: { type: 'organisation', id }, amount: 1 } as const;
      await waitFor(async () => (await refusalOf(operator.call('credits.adminGrant', { body: grant }))).status === 423);
      expect(await spend(owner.self)).toBe('45');
    });
  });

  test('two tabs of one session work in two organisations at once, each on its own credits', async () => {
    const first = await newOrganisation(50);
    const second = await organisationOf(first.owner, 30);
    const answers = await Promise.all(
      [first.calls, second.calls, first.owner.self, first.calls, second.calls].map(spend),
    );
    expect(new Set([answers[0], answers[3]])).toEqual(new Set(['40', '45']));
    expect(new Set([answers[1], answers[4]])).toEqual(new Set(['20', '25']));
    expect(answers[2]).toBe('45');
    expect([await organisationCredits(first.calls), await organisationCredits(second.calls)]).toEqual([40, 20]);
  });

  test('everybody who calls for an organisation shares its limits, and nobody’s own are used', async () => {
    const acme = await newOrganisation();
    const member = await newPerson();
    await join(acme, member, 'member');
    const theirs = await within(member, acme.id);
    const remaining = async (caller: Turnpike): Promise<number> => {
      await caller.request(LIST);
      return caller.limits?.remaining ?? -1;
    };
    const [own, ofOwner] = [await remaining(member.self), await remaining(acme.calls)];
    expect(await remaining(theirs)).toBe(ofOwner - 1);
    expect(await remaining(acme.calls)).toBe(ofOwner - 2);
    expect(await remaining(member.self)).toBe(own - 1);
  });
}
