import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { type Operations, type Turnpike } from '@turnpike/client';
import { startStripe, waitFor, type StripeStandIn } from '@turnpike/test-kit';
import { startRedisCluster, type RedisCluster } from '@turnpike/test-kit/redis-cluster';
import { refusalOf } from '../../support/callers.ts';
import { mailedCode } from '../../support/developer.ts';
import { startRecordingBackend, type RecordingBackend } from '../../support/recording-backend.ts';
import { startTempStack, type TempStack } from '../../support/temp-stack.ts';

/**
 * An organisation from nothing to its end, through the edge, by the typed client. Redis is a cluster, of which services are given the node that holds
 * what they share, as docs/scaling.md says.
 */

const START_TIMEOUT_MS = 900_000;
export const SIGNING_SECRET = 'e2e-gateway-signing-secret-0123456789abcdef';
export const GENERATE = '/api/v1/timepoints/generate/sync';
export const LIST = '/api/v1/users/me/timepoints';
export const [WEBHOOK_SECRET, NEXT_WEBHOOK_SECRET] = ['whsec_e2e_first', 'whsec_e2e_next'];
export const password = 'correct horse battery staple';
let cluster: RedisCluster;
export let backend: RecordingBackend;
export let stripe: StripeStandIn;
export let temp: TempStack;
export let visitor: Turnpike;

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
export async function newPerson(): Promise<Person> {
  people += 1;
  const email = `person-${people}@example.com`;
  const { id } = await visitor.call('platform.register', { body: { email, password, first_name: 'Ada' } });
  const code = await mailedCode(temp.stack.info.mail_ui_url, email);
  await visitor.call('platform.verifyEmail', { body: { id, code } });
  const tokens = await visitor.call('platform.login', { body: { email, password } });
  return { email, id, tokens, self: visitor.as({ accessToken: tokens.access_token }) };
}

/** A person's calls within an organisation, in the way of a tab that selected it. */
export async function within({ self }: Person, tenantId: string): Promise<Turnpike> {
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
export async function newOrganisation(credits = 50): Promise<Organisation> {
  const owner = await newPerson();
  return organisationOf(owner, credits);
}

export async function organisationOf(owner: Person, credits: number): Promise<Organisation> {
  const { id, slug } = await owner.self.call('platform.createTenant', { body: { name: 'Acme' } });
  const operator = visitor.as({ adminKey: temp.stack.info.admin_api_key });
  await operator.call('credits.adminGrant', { body: { owner: { type: 'organisation', id }, amount: credits } });
  return { id, slug, owner, calls: await within(owner, id) };
}

/** Invites a person with the mailed link, who accepts. */
export async function join(
  { calls }: Organisation,
  person: Person,
  role: 'viewer' | 'member' | 'admin',
): Promise<void> {
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
export async function spend(caller: Turnpike): Promise<string | null> {
  const { headers } = await caller.requestWithHeaders(GENERATE, { method: 'POST', json: { query: 'x' } });
  return headers.get('x-credits-remaining');
}

export const organisationCredits = async (calls: Turnpike): Promise<number | undefined> =>
  (await calls.call('platform.serviceInfo')).credits?.balance;

export async function outcomeOf(call: Promise<unknown>): Promise<unknown[]> {
  const { status, code } = await refusalOf(call);
  return [status, code];
}

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
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
}
