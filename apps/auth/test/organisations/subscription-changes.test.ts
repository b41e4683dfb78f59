import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { followSubscription } from '../../src/organisations/follow-subscription.ts';
import {
  asMember,
  call,
  callAs,
  createStores,
  introspect,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { newOrganisation } from './members-harness.ts';

/** What credits tells of an organisation's subscription acts at the next introspection, whichever order the news come in. */

let stores: Stores;
let auth: AuthInstance;
beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores, { CREDITS_URL: 'http://127.0.0.1:1' });
});
afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

const change = (id: string, revision: number, more: object = {}) =>
  followSubscription(auth.context, {
    owner_type: 'organisation',
    owner_id: id,
    subscription_id: uuidv7(),
    plan: 'pro',
    status: 'active',
    tier: 'pro',
    limits: { members: 3 },
    grace_ends_at: null,
    revision,
    ...more,
  });

async function organisation() {
  const owner = await openSession(auth);
  const slug = `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const id = await newOrganisation(auth, owner, slug);
  const selected = await callAs(auth, owner, 'POST', '/platform/api/global/auth/select-tenant', { tenant_id: id });
  const token = String(selected.body['access_token']);
  const path = '/platform/api/service/info';
  const info = async () =>
    (await call(auth, 'GET', path, { headers: asMember('GET', path, owner, { id, role: 'owner' }) })).body;
  const tier = async () => (await introspect(auth, token)).body['tier'];
  const archive = () => callAs(auth, owner, 'DELETE', `/platform/api/global/tenants/${id}`, { slug });
  return { id, info, tier, archive };
}

describe('a change of plan', () => {
  test('gives tier and limits to the tokens that there are, and has the edges ask anew', async () => {
    const { id, info, tier } = await organisation();
    expect(await tier()).toBe('free');
    const subscription = uuidv7();
    await change(id, 1, { subscription_id: subscription });
    expect(await tier()).toBe('pro');
    expect(await info()).toMatchObject({
      plan: 'pro',
      tier: 'pro',
      subscription_id: subscription,
      limits: { members: 3, requests_per_minute: 60 },
    });
    const told = await auth.context.database.query('SELECT kind FROM revocation WHERE target_id = $1::uuid', id);
    expect(told).toEqual([{ kind: 'account' }]);
  });

  test('that a later one has overtaken changes nothing', async () => {
    const { id, tier, info } = await organisation();
    await change(id, 2, { plan: null, subscription_id: null, status: null, tier: 'free', limits: {} });
    await change(id, 1);
    await change(id, 2, { tier: 'enterprise' });
    expect(await tier()).toBe('free');
    expect(await info()).toMatchObject({ plan: null, subscription_id: null, limits: { members: 100 } });
  });
});

test('an organisation with an unpaid invoice is not archived by its owner until it is paid', async () => {
  const { id, archive } = await organisation();
  await change(id, 1, { status: 'past_due' });
  expect((await archive()).body).toMatchObject({ status: 409, code: 'subscription.exists' });
  await change(id, 2);
  expect((await archive()).status).toBe(200);
});
