import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Operations, Turnpike } from '@turnpike/client';
import { startStripe, waitFor, type StripeStandIn } from '@turnpike/test-kit';
import { startRedisCluster, type RedisCluster } from '@turnpike/test-kit/redis-cluster';
import { verifyLedger } from '@turnpike/test-kit/verify-ledger';
import { balanceOf, refusalOf } from '../support/callers.ts';
import { mailedCode } from '../support/developer.ts';
import { startRecordingBackend, type ReceivedRequest, type RecordingBackend } from '../support/recording-backend.ts';
import { startTempStack, type TempStack } from '../support/temp-stack.ts';

/**
 * An organisation from nothing to its end, through the edge, by the typed client. Redis is a cluster, of which services are given the node that holds
 * what they share, as docs/scaling.md says.
 */

const START_TIMEOUT_MS = 900_000;
const SIGNING_SECRET = 'e2e-gateway-signing-secret-0123456789abcdef';
const GENERATE = '/api/v1/timepoints/generate/sync';
const LIST = '/api/v1/users/me/timepoints';
const EVENTS = '/api/v1/timepoints/events';
const [WEBHOOK_SECRET, NEXT_WEBHOOK_SECRET] = ['whsec_e2e_first', 'whsec_e2e_next'];
const password = 'correct horse battery staple';

let cluster: RedisCluster;
let backend: RecordingBackend;
let stripe: StripeStandIn;
let temp: TempStack;
let visitor: Turnpike;
beforeAll(async () => {
  backend = await startRecordingBackend();
  stripe = await startStripe();
  cluster = await startRedisCluster();
  temp = await startTempStack({
    REDIS_URL: await cluster.urlOf('{turnpike}'),
    REDIS_CLUSTER: 'true',
    FLASH_URL: backend.url,
    GATEWAY_SIGNING_SECRET: SIGNING_SECRET,
    EMAIL_VERIFICATION: 'required',
    STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
    STRIPE_WEBHOOK_SECRET: `${WEBHOOK_SECRET},${NEXT_WEBHOOK_SECRET}`,
    STRIPE_API_URL: stripe.url,
    STRIPE_PRICE_PRO: 'price_pro',
    PLATFORM_APP_ORIGINS: 'https://app.example.com',
    PLATFORM_APP_URL: 'https://app.example.com',
    // What the test says of export and erasure is elsewhere, and this backend knows neither.
    EXPORT_SOURCES: '[]',
    ERASURE_WEBHOOKS: '[]',
  });
  visitor = temp.visitor;
}, START_TIMEOUT_MS);
afterAll(async () => {
  await temp.dispose();
  await backend.close();
  await stripe.close();
  await cluster.dispose();
}, START_TIMEOUT_MS);
beforeEach(() => {
  backend.received.length = 0;
});

type SignedIn = Operations['platform.login']['answers'];

interface Person {
  readonly email: string;
  readonly id: string;
  readonly tokens: SignedIn;
  /** Calls with the token of the sign-in, which is of no organisation. */
  readonly self: Turnpike;
}

let people = 0;
/** Signs up with a password and the code of the mail, and signs in. */
async function newPerson(): Promise<Person> {
  people += 1;
  const email = `person-${people}@example.com`;
  const { id } = await visitor.call('platform.register', { body: { email, password, first_name: 'Ada' } });
  const code = await mailedCode(temp.stack.info.mail_ui_url, email);
  await visitor.call('platform.verifyEmail', { body: { id, code } });
  const tokens = await visitor.call('platform.login', { body: { email, password } });
  return { email, id, tokens, self: visitor.as({ accessToken: tokens.access_token }) };
}

/** A person's calls within an organisation, in the way of a tab that selected it. */
async function within({ self }: Person, tenantId: string): Promise<Turnpike> {
  const { access_token: accessToken } = await self.call('platform.selectTenant', { body: { tenant_id: tenantId } });
  return visitor.as({ accessToken });
}

interface Organisation {
  readonly id: string;
  readonly slug: string;
  readonly owner: Person;
  /** The owner's calls within it. */
  readonly calls: Turnpike;
}

/** A new organisation, with credits that an operator grants. */
async function newOrganisation(credits = 50): Promise<Organisation> {
  const owner = await newPerson();
  return organisationOf(owner, credits);
}

async function organisationOf(owner: Person, credits: number): Promise<Organisation> {
  const { id, slug } = await owner.self.call('platform.createTenant', { body: { name: 'Acme' } });
  const operator = visitor.as({ adminKey: temp.stack.info.admin_api_key });
  await operator.call('credits.adminGrant', { body: { owner: { type: 'organisation', id }, amount: credits } });
  return { id, slug, owner, calls: await within(owner, id) };
}

/** Invites a person with the mailed link, who accepts. */
async function join({ calls }: Organisation, person: Person, role: 'viewer' | 'member' | 'admin'): Promise<void> {
  await calls.call('platform.createInvite', { body: { email: person.email, role } });
  const link = await waitFor(async () => {
    const inbox = `${temp.stack.info.mail_ui_url}/api/messages?to=${encodeURIComponent(person.email)}`;
    const mails = (await (await fetch(inbox)).json()) as { text: string }[];
    return mails.map(({ text }) => /invites#token=([\w-]+)/.exec(text)?.[1]).find((token) => token !== undefined);
  });
  const preview = await visitor.call('platform.previewInvite', { query: { token: link } });
  expect(preview).toMatchObject({ role, invited_email: person.email, account_exists: true });
  await person.self.call('platform.acceptInvite', { body: { token: link } });
}

/** A metered call of five credits; what is left afterwards. */
async function spend(caller: Turnpike): Promise<string | null> {
  const { headers } = await caller.requestWithHeaders(GENERATE, { method: 'POST', json: { query: 'x' } });
  return headers.get('x-credits-remaining');
}

const organisationCredits = async (calls: Turnpike): Promise<number | undefined> =>
  (await calls.call('platform.serviceInfo')).credits?.balance;

async function outcomeOf(call: Promise<unknown>): Promise<unknown[]> {
  const { status, code } = await refusalOf(call);
  return [status, code];
}

/** The signature that docs/downstream.md tells a backend to compute. */
function secondSignature({ method, path, headers }: ReceivedRequest): string {
  const [user, tenant, timestamp] = ['x-user-id', 'x-tenant-id', 'x-gateway-timestamp'].map((name) => headers[name]);
  const text = ['v2', method, path, user, tenant, timestamp].join('\n');
  return `v2=${createHmac('sha256', SIGNING_SECRET).update(text).digest('hex')}`;
}

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

describe('roles are those of now', () => {
  test('a viewer reads, and is refused where more is asked for; raised, the same token may', async () => {
    const acme = await newOrganisation();
    const person = await newPerson();
    await join(acme, person, 'viewer');
    const calls = await within(person, acme.id);
    expect(await calls.call('platform.serviceInfo')).toMatchObject({ role: 'viewer', billing_email: null });
    const members = await calls.call('platform.listMembers');
    expect(members.items.map(({ email }) => email)).toEqual(['p…@example.com', 'p…@example.com']);
    const refused = await refusalOf(spend(calls));
    expect(refused.body).toMatchObject({ status: 403, code: 'tenant.role_insufficient', required_role: 'member' });
    const outcomes = await Promise.all(
      [
        calls.call('platform.createInvite', { body: { email: 'x@example.com' } }),
        calls.call('platform.updateServiceInfo', { body: { name: 'Mine' } }),
        calls.call('llm.createKey', { body: { name: 'mine' } }),
        calls.call('platform.handOverOwnership', { body: { user_id: person.id } }),
      ].map(outcomeOf),
    );
    for (const outcome of outcomes) expect(outcome).toEqual([403, 'tenant.role_insufficient']);
    await acme.calls.call('platform.updateMember', { params: { user_id: person.id }, body: { role: 'member' } });
    await waitFor(async () => (await spend(calls)) === '45');
    expect(backend.received.at(-1)?.headers['x-gateway-tenant-role']).toBe('member');
  });

  test('an admin who is lowered loses what an admin may, with the token that they have (E14)', async () => {
    const acme = await newOrganisation();
    const person = await newPerson();
    await join(acme, person, 'admin');
    const calls = await within(person, acme.id);
    await calls.call('platform.createInvite', { body: { email: 'one@example.com' } });
    await acme.calls.call('platform.updateMember', { params: { user_id: person.id }, body: { role: 'viewer' } });
    await waitFor(async () => {
      const refused = await refusalOf(calls.call('platform.createInvite', { body: { email: 'two@example.com' } }));
      return refused.code === 'tenant.role_insufficient';
    });
  });
});

describe('whoever is removed, or leaves (E4)', () => {
  test.each(['removed', 'leaves'])(
    '%s: an open stream ends, the next call is 403, and personal use goes on',
    async (how) => {
      const acme = await newOrganisation();
      const person = await newPerson();
      await join(acme, person, 'member');
      const calls = await within(person, acme.id);
      const stream = calls.events(EVENTS);
      expect((await stream.next()).value).toMatchObject({ data: 'open' });
      const end = stream.next().then(
        ({ done }) => (done === true ? 'ended' : 'went on'),
        (error: unknown) => (error instanceof Error ? 'ended' : 'went on'),
      );
      const remover = how === 'leaves' ? calls : acme.calls;
      expect(await remover.call('platform.removeMember', { params: { user_id: person.id } })).toMatchObject({
        removed: true,
      });
      expect(await end).toBe('ended');
      await waitFor(async () => (await refusalOf(calls.request(LIST))).code === 'tenant.membership_ended');
      expect(await outcomeOf(spend(calls))).toEqual([403, 'tenant.membership_ended']);
      expect(await spend(person.self)).toBe('45');
      expect(await outcomeOf(within(person, acme.id))).toEqual([404, 'resource.not_found']);
      expect(await organisationCredits(acme.calls)).toBe(50);
    },
  );

  test('invited again, they have another membership: the old token stays dead', async () => {
    const acme = await newOrganisation();
    const person = await newPerson();
    await join(acme, person, 'member');
    const old = await within(person, acme.id);
    await acme.calls.call('platform.removeMember', { params: { user_id: person.id } });
    await acme.calls.call('platform.createInvite', { body: { email: person.email } });
    const { items } = await person.self.call('platform.listOwnInvites');
    await person.self.call('platform.acceptInvite', { body: { invite_id: items[0]?.id ?? '' } });
    await waitFor(async () => (await refusalOf(old.request(LIST))).code === 'tenant.membership_ended');
    expect(await spend(await within(person, acme.id))).toBe('45');
    expect((await refusalOf(old.request(LIST))).status).toBe(403);
  });
});

/** An event as Stripe sends it, byte by byte; `sent`: what arrives instead. */
async function tellOf(body: string, signature = stripe.sign(body, WEBHOOK_SECRET), sent = body): Promise<number> {
  const { status } = await fetch(`${temp.stack.info.edge_url}/api/v1/credits/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
    body: sent,
  });
  return status;
}

/** What Stripe has once a checkout was paid: a subscription of the customer, a month from now on. Returns its paid invoice. */
function payAtStripe(customer: string): string {
  const start = Math.floor(Date.now() / 1_000);
  const period = { start, end: start + 28 * 86_400 };
  const invoice = {
    id: 'in_e2e',
    customer,
    status: 'paid',
    parent: { subscription_details: { subscription: 'sub_e2e' } },
    lines: {
      data: [{ amount: 2900, period, pricing: { price_details: { price: 'price_pro' } }, parent: null }],
    },
  };
  const times = { current_period_start: period.start, current_period_end: period.end };
  stripe.set('invoices', invoice);
  stripe.set('subscriptions', {
    id: 'sub_e2e',
    customer,
    status: 'active',
    livemode: false,
    billing_cycle_anchor: start,
    items: { data: [{ id: 'si_e2e', price: 'price_pro', ...times }] },
    latest_invoice: invoice,
  });
  return invoice.id;
}

test('from nothing to a paid plan to suspended to restored: paid once, charged throughout, and the ledger verifies after each', async () => {
  const owner = await newPerson();
  const { id } = await owner.self.call('platform.createTenant', { body: { name: 'Paying' } });
  const calls = await within(owner, id);
  const operator = visitor.as({ adminKey: temp.stack.info.admin_api_key });
  const ledger = new URL(temp.stack.info.database_url);
  ledger.pathname = '/turnpike_credits';
  const verify = () => verifyLedger({ DATABASE_URL: ledger.href });
  const paused = () => stripe.requests.findLast(({ path }) => path === '/v1/subscriptions/sub_e2e')?.fields;
  expect(await organisationCredits(calls)).toBe(0);
  expect(await outcomeOf(spend(calls))).toEqual([402, 'auth.insufficient_credits']);
  await verify();

  const checkout = await calls.call('platform.subscribe', { body: { plan_id: 'pro' } });
  expect(checkout).toMatchObject({ status: 'incomplete', checkout_url: expect.stringMatching(/^https:/) });
  expect(await organisationCredits(calls)).toBe(0);
  const customer = stripe.requests.findLast(({ path }) => path === '/v1/checkout/sessions')?.fields.get('customer');
  const object = { id: payAtStripe(String(customer)) };
  const event = { id: 'evt_e2e', type: 'invoice.paid', livemode: false, data: { object } };
  expect(await tellOf(JSON.stringify(event, undefined, 3))).toBe(200);
  await waitFor(async () => (await calls.call('platform.serviceInfo')).tier === 'pro');
  expect(await calls.call('platform.serviceInfo')).toMatchObject({ plan: 'pro', credits: { balance: 500 } });
  expect(await spend(calls)).toBe('495');
  await verify();

  const params = { id };
  await operator.call('platform.adminSetTenantStatus', { params, body: { status: 'suspended', reason: 'abuse' } });
  await waitFor(async () => (await refusalOf(spend(calls))).code === 'tenant.suspended');
  await waitFor(() => Promise.resolve(paused()?.get('pause_collection[behavior]') === 'void'));
  await verify();

  await operator.call('platform.adminSetTenantStatus', { params, body: { status: 'active', reason: 'cleared' } });
  await waitFor(() => Promise.resolve(paused()?.get('pause_collection') === ''));
  await waitFor(async () => (await organisationCredits(calls).catch(() => undefined)) === 495);
  expect(await tellOf(JSON.stringify({ ...event, id: 'evt_e2e_again' }))).toBe(200);
  expect(await spend(calls)).toBe('490');
  await verify();
});

test('Stripe’s signature is over the bytes that it sent, and is looked at before anything else of them', async () => {
  const body = `{ "id" : "evt_spaced", "type":"unheard.\\u0041f",\n  "livemode": false, "data": {"object": {}} }`;
  expect(await tellOf(body)).toBe(200);
  expect(await tellOf(body, stripe.sign(body, NEXT_WEBHOOK_SECRET))).toBe(200);
  expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET), body.replace('unheard', 'Unheard'))).toBe(400);
  expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET), JSON.stringify(JSON.parse(body)))).toBe(400);
  expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET, 302))).toBe(400);
  expect(await tellOf(body, stripe.sign(body, 'whsec_another'))).toBe(400);
  for (const shapeless of ['{}', '[]', '"x"', 'null']) {
    expect(await tellOf(shapeless, stripe.sign(shapeless, 'whsec_another'))).toBe(400);
    expect(await tellOf(shapeless)).toBe(400);
  }
});
