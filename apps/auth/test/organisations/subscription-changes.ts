import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { waitFor } from '@turnpike/test-kit';
import { followSubscription } from '../../src/organisations/follow-subscription.ts';
import { tellOwners } from '../../src/organisations/tell-owners.ts';
import { startAuthWithMail } from '../account-harness.ts';
import {
  asMember,
  call,
  callAs,
  createStores,
  introspect,
  openSession,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';
import { memberCalls, newMember, newOrganisation } from './members-harness.ts';

/** What credits tells of an organisation's subscription acts at the next introspection, whichever order the news come in. */
export function subscriptionChangesTests(): void {
  let stores: Stores;
  let mailbox: Mailbox;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    mailbox = await startMailbox();
    auth = await startAuthWithMail(stores, { CREDITS_URL: 'http://127.0.0.1:1', SMTP_URL: mailbox.url });
    await waitFor(() => auth.context.redis.status === 'ready');
  });
  afterAll(async () => {
    await auth.close();
    await mailbox.close();
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
    return { id, owner, info, tier, archive };
  }

  /** Two owners and an admin, who can be written to as `first-…`, `second-…` and `admin-…`. */
  async function addressesOf(id: string, owner: Awaited<ReturnType<typeof openSession>>): Promise<void> {
    const [second, admin] = [await newMember(auth, id, 'owner'), await newMember(auth, id, 'admin')];
    for (const [name, { userId }] of Object.entries({ first: owner, second, admin }))
      await auth.context.database.prisma.identity.create({
        data: {
          id: randomUUID(),
          userId,
          provider: 'email',
          subject: userId,
          email: `${name}-${id}@example.com`,
          emailVerified: true,
        },
      });
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

  test('an organisation has as many keys as its plan allows, in all environments and by all routes; more of them when one ends', async () => {
    const { id, owner } = await organisation();
    const keys = '/trueportai-services/api/v1/keys';
    const [as, inTest] = [memberCalls(stores, auth, id), memberCalls(stores, auth, id, 'test')];
    const make = (send: typeof as) => send(owner, 'owner', 'POST', keys, { name: 'a' });
    await change(id, 1, { limits: { keys: 2 } });
    const first = await make(as);
    expect([first.status, (await make(inTest)).status]).toEqual([201, 201]);
    const refused = { status: 409, code: 'tenant.limit_reached', limit: 2, resource: 'keys' };
    expect((await make(as)).body).toMatchObject(refused);
    const projects = await inTest(owner, 'owner', 'GET', '/auth/projects');
    const [project] = (projects.body['data'] as { items: { id: string }[] }).items;
    const other = await inTest(
      owner,
      'owner',
      'POST',
      '/auth/api-keys',
      { name: 'b' },
      { 'x-project-id': project?.id ?? '' },
    );
    expect(other.status).toBe(409);
    await as(owner, 'owner', 'DELETE', `${keys}/${String(first.body['id'])}`);
    const made = await Promise.all(Array.from({ length: 5 }, () => make(as)));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(4);
    await change(id, 2, { limits: {} });
    expect((await make(as)).status).toBe(201);
  });

  test('owners are mailed once that a payment failed, and again when it fails after it was paid', async () => {
    const { id, owner } = await organisation();
    await addressesOf(id, owner);
    const unpaid = { status: 'past_due', grace_ends_at: '2030-03-07T00:00:00.000Z' };
    await change(id, 1);
    await change(id, 2, unpaid);
    await change(id, 2, unpaid);
    await change(id, 3, { ...unpaid, tier: 'free' });
    await waitFor(() => mailbox.mails.length === 2);
    expect(mailbox.mails.flatMap(({ to }) => to).toSorted()).toEqual([
      `first-${id}@example.com`,
      `second-${id}@example.com`,
    ]);
    expect(mailbox.mails[0]?.source).toContain('2030-03-07');
    await change(id, 4);
    await change(id, 5, unpaid);
    await waitFor(() => mailbox.mails.length === 4);
  });

  const VIOLATED = {
    kind: 'policy_violated',
    at: '2030-03-07T10:20:30.000Z',
    violation_id: randomUUID(),
    policy_id: 'operator-1',
    policy: 'No names',
    severity: 'high',
    action: 'blocked',
    environment: 'prod',
  } as const;

  test.each([
    [{ kind: 'storage_failing', since: '2030-03-07T10:20:30.000Z', reason: 'denied' }, /2030-03-07 10:20[^]*denied/],
    [
      { kind: 'export_failed', requested_at: '2030-03-07T10:20:30.000Z', reason: 'denied' },
      /2030-03-07 10:20[^]*denied/,
    ],
    [{ kind: 'second_subscription_ended', plan: 'team' }, /plan team/],
    [VIOLATED, /2030-03-07 10:20[^]*policy No names[^]*blocked/],
  ] as const)('%j is mailed to all owners, and to nobody else', async (notice, said) => {
    const { id, owner } = await organisation();
    await addressesOf(id, owner);
    const mails = () => mailbox.mails.filter(({ to }) => to.some((address) => address.includes(id)));
    await tellOwners(auth.context, { organisation_id: id, key: 'one', notice });
    await waitFor(() => mails().length === 2);
    expect(
      mails()
        .flatMap(({ to }) => to)
        .toSorted(),
    ).toEqual([`first-${id}@example.com`, `second-${id}@example.com`]);
    expect(mails()[0]?.source.replace(/=\r\n/g, '')).toMatch(said);
  });
}
