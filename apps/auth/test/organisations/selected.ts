import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import {
  call,
  callAs,
  createStores,
  introspect,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { memberCalls, newMember, newOrganisation } from './members-harness.ts';

/** What a token of a selected organisation says, switches and is refreshed to. */
export function selectedTests(): void {
  const INFO = '/platform/api/service/info';
  const SWITCH = '/platform/api/service/auth/switch-environment';
  const REFRESH = '/platform/api/global/auth/refresh';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  describe('the selected organisation', () => {
    test('is shown to its members, its billing address to admins alone', async () => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      await auth.context.database.prisma.organisation.update({
        where: { id },
        data: { billingEmail: 'pay@acme.example' },
      });
      const as = memberCalls(stores, auth, id, 'test');
      const shown = await as(owner, 'owner', 'GET', INFO);
      expect(shown.status).toBe(200);
      expect(shown.body).toMatchObject({
        id,
        tenant_id: id,
        name: 'Acme',
        status: 'active',
        role: 'owner',
        env: 'test',
        owner_id: owner.userId,
        billing_email: 'pay@acme.example',
        plan: null,
        tier: 'free',
        members: 1,
      });
      const viewer = await newMember(auth, id, 'viewer');
      expect((await as(viewer, 'viewer', 'GET', INFO)).body).toMatchObject({
        role: 'viewer',
        owner_id: owner.userId,
        billing_email: null,
        members: 2,
      });
    });

    test('a token of no organisation, and one whose membership ended, are refused', async () => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const global = await callAs(auth, owner, 'GET', INFO);
      expect([global.status, global.body['code']]).toEqual([403, 'tenant.not_selected']);
      const stranger = await openSession(auth);
      const as = memberCalls(stores, auth, id);
      for (const [method, path, body] of [
        ['GET', INFO, undefined],
        ['POST', SWITCH, { environment: 'test' }],
      ] as const) {
        const refused = await as(stranger, 'owner', method, path, body);
        expect([refused.status, refused.body['code']]).toEqual([403, 'tenant.membership_ended']);
      }
    });
  });

  describe('switching the environment', () => {
    test.each(['environment', 'env'])('by `%s` gives a token of the other one', async (member) => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const switched = await memberCalls(stores, auth, id)(owner, 'owner', 'POST', SWITCH, { [member]: 'test' });
      expect(switched.status).toBe(200);
      expect(switched.body).toMatchObject({ tenant_id: id, env: 'test', role: 'owner' });
      const { payload } = decodeAccessToken(String(switched.body['access_token']));
      expect(payload).toMatchObject({ tid: id, env: 'test', sid: owner.sessionId });
    });
  });

  describe('refreshing to an organisation', () => {
    const refresh = (token: unknown, more: object = {}) =>
      call(auth, 'POST', REFRESH, { body: { refresh_token: token, ...more } });

    test('gives a scoped and a global access token with the next refresh token', async () => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const { status, body } = await refresh(owner.response.refresh_token, { tenant_id: id, env: 'test' });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        tenant_id: id,
        env: 'test',
        role: 'owner',
        scoped_access_token: body['access_token'],
      });
      expect((await introspect(auth, String(body['access_token']))).body).toMatchObject({
        organisation: { id, env: 'test' },
      });
      expect((await introspect(auth, String(body['global_access_token']))).body).not.toHaveProperty('organisation');
      expect((await refresh(body['refresh_token'])).status).toBe(200);
    });

    test('rotates nothing where it is refused', async () => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const { prisma } = auth.context.database;
      const before = await prisma.session.findUniqueOrThrow({ where: { id: owner.sessionId } });
      expect((await refresh(owner.response.refresh_token, { tenant_id: randomUUID() })).status).toBe(404);
      await prisma.organisation.update({ where: { id }, data: { status: 'suspended', suspendedAt: new Date() } });
      const suspended = await refresh(owner.response.refresh_token, { tenant_id: id });
      expect([suspended.status, suspended.body['code']]).toEqual([403, 'tenant.suspended']);
      expect(await prisma.session.findUniqueOrThrow({ where: { id: owner.sessionId } })).toEqual(before);
      const made = await refresh('rt_made-up', { tenant_id: id });
      expect(made.body['code']).toBe('auth.refresh_invalid');
    });

    test.each(['its own', 'one of nobody'])(
      'a token that was used up long ago ends the session, whatever organisation is asked for: %s',
      async (whose) => {
        const owner = await openSession(auth);
        const id = await newOrganisation(auth, owner);
        const next = await refresh(owner.response.refresh_token);
        expect((await refresh(next.body['refresh_token'])).status).toBe(200);
        const replayed = await refresh(owner.response.refresh_token, {
          tenant_id: whose === 'its own' ? id : randomUUID(),
        });
        expect([replayed.status, replayed.body['code']]).toEqual([401, 'auth.session_revoked']);
        expect((await introspect(auth, owner.response.access_token)).body).toEqual({ active: false });
      },
    );

    test('one within the grace is judged like the present one, and gives its successor again', async () => {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const next = await refresh(owner.response.refresh_token);
      expect((await refresh(owner.response.refresh_token, { tenant_id: randomUUID() })).status).toBe(404);
      const again = await refresh(owner.response.refresh_token, { tenant_id: id });
      expect([again.status, again.body['refresh_token']]).toEqual([200, next.body['refresh_token']]);
    });
  });
}
