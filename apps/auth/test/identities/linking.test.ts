import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitForBlocked } from '../blocked-statements.ts';
import { asService, asUser, call, introspect, type Answer } from '../harness.ts';
import { asBearer, meetNewPeople, startProviderStage, userOf, type ProviderStage } from '../provider-stage.ts';

let stage: ProviderStage;
let providers: ProviderStage['providers'];
let auth: ProviderStage['auth'];

beforeAll(async () => {
  stage = await startProviderStage();
  ({ auth, providers } = stage);
});
afterAll(() => stage.stop());

let email: string;

beforeEach(() => {
  email = `${randomUUID()}@example.com`;
  meetNewPeople(providers, email);
});

const apple = (claims: object = {}) =>
  call(auth, 'POST', '/api/v1/auth/apple', { body: { identity_token: providers.apple.sign({ ...claims }) } });
const google = (claims: object = {}) =>
  call(auth, 'POST', '/api/v1/auth/google', { body: { id_token: providers.google.sign({ ...claims }) } });
const github = () =>
  call(auth, 'POST', '/api/v1/auth/github', { body: { access_token: providers.github.issueToken() } });

const link = (tokens: Answer, provider: string, body: object) =>
  asBearer(auth, tokens, 'POST', `/api/v1/auth/identities/${provider}`, body);
const unlink = (tokens: Answer, provider: string) =>
  asBearer(auth, tokens, 'DELETE', `/api/v1/auth/identities/${provider}`);
const providersOf = ({ body }: Answer) =>
  (body['identities'] as { provider: string }[]).map(({ provider }) => provider);
const outcome = ({ status, body }: Answer): [number, unknown] => [status, body['code']];

describe('linking a second provider', () => {
  test('adds it; then both open the account', async () => {
    const tokens = await google();
    providers.apple.person = { sub: randomUUID(), email: 'other@example.com', email_verified: true };
    const linked = await link(tokens, 'apple', { identity_token: providers.apple.sign() });
    expect([linked.status, providersOf(linked)]).toEqual([200, ['google', 'apple']]);
    expect(userOf(await apple())).toBe(userOf(tokens));
    providers.github.person = { ...providers.github.person, emails: [] };
    expect(providersOf(await link(tokens, 'github', { code: providers.github.issueCode() }))).toEqual([
      'google',
      'apple',
      'github',
    ]);
    expect(userOf(await github())).toBe(userOf(tokens));
  });

  test('adding it again changes nothing', async () => {
    const tokens = await google();
    const again = await link(tokens, 'google', { id_token: providers.google.sign() });
    expect([again.status, providersOf(again)]).toEqual([200, ['google']]);
  });

  test("409: another account's identity", async () => {
    const victim = await google();
    const attacker = await apple({ email: undefined, email_verified: undefined });
    expect(outcome(await link(attacker, 'google', { id_token: providers.google.sign() }))).toEqual([
      409,
      'auth.identity_taken',
    ]);
    expect(userOf(await google())).toBe(userOf(victim));
  });

  test('409: a second identity of one provider', async () => {
    const tokens = await google();
    const second = providers.google.sign({ sub: randomUUID(), email: undefined });
    expect(outcome(await link(tokens, 'google', { id_token: second }))).toEqual([409, 'resource.conflict']);
  });

  test('two accounts that link one identity at once: one gets it', async () => {
    const both = [await apple({ email: undefined }), await github()];
    const id_token = providers.google.sign({ email: undefined });
    const answers = await Promise.all(both.map((tokens) => link(tokens, 'google', { id_token })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  test('401: a bad token, a used one, nobody signed in', async () => {
    const tokens = await google();
    expect((await link(tokens, 'apple', { identity_token: providers.apple.sign({ aud: 'another' }) })).status).toBe(
      401,
    );
    const nonce = randomUUID();
    const identity_token = providers.apple.sign({ nonce });
    expect((await link(tokens, 'apple', { identity_token, nonce })).status).toBe(200);
    expect((await link(tokens, 'apple', { identity_token, nonce })).status).toBe(401);
    expect(
      (await call(auth, 'POST', '/api/v1/auth/identities/apple', { body: { identity_token }, headers: asService }))
        .status,
    ).toBe(401);
  });

  test('403: an API key', async () => {
    const user = userOf(await google());
    const headers = {
      ...asUser('POST', '/api/v1/auth/identities/apple', user),
      'x-gateway-key-id': randomUUID(),
      'x-gateway-scopes': 'account:read',
    };
    const answer = await call(auth, 'POST', '/api/v1/auth/identities/apple', {
      headers,
      body: { identity_token: providers.apple.sign() },
    });
    expect(outcome(answer)).toEqual([403, 'auth.scope_missing']);
  });
});

describe('unlinking', () => {
  test('409: the last way to sign in stays', async () => {
    const tokens = await google();
    expect(outcome(await unlink(tokens, 'google'))).toEqual([409, 'auth.last_identity']);
    expect(userOf(await google())).toBe(userOf(tokens));
  });

  test('removes a provider; its next sign-in is an account of its own, by address neither', async () => {
    const tokens = await google();
    await apple();
    const left = await unlink(tokens, 'google');
    expect([left.status, providersOf(left)]).toEqual([200, ['apple']]);
    // Google opened the account first, so the users service knows it by that identity; and the address is verified on both sides.
    const next = userOf(await google());
    expect(next).not.toBe(userOf(tokens));
    expect(userOf(await google())).toBe(next);
    expect(userOf(await apple())).toBe(userOf(tokens));
  });

  test('removing and losing it again and again makes a new account each time', async () => {
    const tokens = await google();
    await link(tokens, 'apple', { identity_token: providers.apple.sign({ email: undefined }) });
    const seen = new Set([userOf(tokens)]);
    let owner = tokens;
    for (let round = 0; round < 2; round += 1) {
      if (round > 0)
        await link(owner, 'github', {
          access_token: providers.github.issueToken({ id: randomInt(1, 2 ** 40), login: 'x', emails: [] }),
        });
      expect((await unlink(owner, 'google')).status).toBe(200);
      owner = await google({ email: undefined });
      expect(seen.has(userOf(owner))).toBe(false);
      seen.add(userOf(owner));
    }
  });

  test('after unlinking it can be linked again by hand', async () => {
    const tokens = await google();
    await apple();
    await unlink(tokens, 'google');
    expect(providersOf(await link(tokens, 'google', { id_token: providers.google.sign() }))).toEqual([
      'apple',
      'google',
    ]);
    expect(userOf(await google())).toBe(userOf(tokens));
  });

  test('both providers removed at the same moment: one stays', async () => {
    const tokens = await google();
    await apple();
    const { database } = auth.context;
    let answers: Promise<Answer[]> | undefined;
    await database.transaction(async ({ query }) => {
      // Both have looked, and neither has removed anything yet, when this transaction lets go of the rows.
      await query('SELECT 1 AS row FROM identity WHERE user_id = $1::uuid FOR UPDATE', userOf(tokens));
      answers = Promise.all([unlink(tokens, 'google'), unlink(tokens, 'apple')]);
      await waitForBlocked(database.query, 2);
    });
    const statuses = (await answers)?.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 409]);
  });

  test('404: not linked; 422: no such provider', async () => {
    const tokens = await google();
    expect(outcome(await unlink(tokens, 'github'))).toEqual([404, 'resource.not_found']);
    expect((await unlink(tokens, 'demo')).status).toBe(422);
  });

  test('sessions go on; linking and unlinking are in the audit trail', async () => {
    const tokens = await google();
    await link(tokens, 'apple', { identity_token: providers.apple.sign({ email: undefined }) });
    await unlink(tokens, 'apple');
    expect((await introspect(auth, String(tokens.body['access_token']))).body['active']).toBe(true);
    const events = await auth.context.database.query<{ action: string; method: string }>(
      "SELECT action, method FROM audit_event WHERE user_id = $1::uuid AND action LIKE 'identity.%' ORDER BY id",
      userOf(tokens),
    );
    expect(events).toEqual([
      { action: 'identity.linked', method: 'apple' },
      { action: 'identity.unlinked', method: 'apple' },
    ]);
  });
});
