import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { revokeAtProviders } from '../../src/providers/provider-revocations.ts';
import { sealGrant } from '../../src/providers/sealed-grants.ts';
import { call, withAuth, type Answer } from '../harness.ts';
import { meetNewPeople, startProviderStage, userOf, type ProviderStage } from '../provider-stage.ts';

export function providerOutagesTests(): void {
  let stage: ProviderStage;
  let stores: ProviderStage['stores'];
  let users: ProviderStage['users'];
  let providers: ProviderStage['providers'];
  let auth: ProviderStage['auth'];

  beforeAll(async () => {
    stage = await startProviderStage();
    ({ auth, providers, stores, users } = stage);
  });
  afterAll(() => stage.stop());

  beforeEach(() => meetNewPeople(providers));

  afterEach(() => {
    for (const { server } of [providers.apple, providers.google, providers.github]) server.mode = 'up';
  });

  const apple = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/apple', { body });
  const google = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/google', { body });
  const github = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/github', { body });

  function outcome({ status, body }: Answer): [number, unknown] {
    return [status, body['code']];
  }

  describe('503, never 401: a provider that is down', () => {
    test.each(['failing', 'refusing'] as const)('Apple and Google keys %s', async (mode) => {
      // An instance that has no keys yet.
      await withAuth(stores, { ...providers.env, USERS_URL: users.url }, async (fresh) => {
        providers.apple.server.mode = mode;
        providers.google.server.mode = mode;
        const answer = await apple({ identity_token: providers.apple.sign() }, fresh);
        expect(outcome(answer)).toEqual([503, 'auth.provider_unavailable']);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(outcome(await google({ id_token: providers.google.sign() }, fresh))).toEqual([
          503,
          'auth.provider_unavailable',
        ]);
        providers.apple.server.mode = 'up';
        expect((await apple({ identity_token: providers.apple.sign() }, fresh)).status).toBe(200);
      });
    });

    test('GitHub', async () => {
      const [code, token] = [providers.github.issueCode(), providers.github.issueToken()];
      providers.github.server.mode = 'failing';
      expect(outcome(await github({ code }))).toEqual([503, 'auth.provider_unavailable']);
      expect(outcome(await github({ access_token: token }))).toEqual([503, 'auth.provider_unavailable']);
      providers.github.server.mode = 'up';
      expect((await github({ code })).status).toBe(200);
      const metrics = await (await fetch(`${auth.url}/metrics`)).text();
      expect(metrics).toMatch(/provider_call_duration_seconds_count\{.*outcome="outage".*\} [1-9]/);
    });

    test('GitHub refuses our own secret', async () => {
      await withAuth(
        stores,
        { ...providers.env, USERS_URL: users.url, GITHUB_CLIENT_SECRET: 'rotated' },
        async (instance) => {
          expect(outcome(await github({ code: providers.github.issueCode() }, instance))).toEqual([
            503,
            'auth.provider_unavailable',
          ]);
          expect(outcome(await github({ access_token: providers.github.issueToken() }, instance))).toEqual([
            503,
            'auth.provider_unavailable',
          ]);
        },
      );
    });

    test('users is down', async () => {
      await withAuth(stores, { ...providers.env, USERS_URL: 'http://127.0.0.1:1' }, async (cut) => {
        expect(outcome(await google({ id_token: providers.google.sign() }, cut))).toEqual([503, 'service.unavailable']);
      });
    });

    test('a key rotation of the provider goes unnoticed', async () => {
      const first = userOf(await google({ id_token: providers.google.sign() }));
      providers.google.rotate();
      expect(userOf(await google({ id_token: providers.google.sign() }))).toBe(first);
    });
  });

  test('a connection that one instance is ending at Apple is left alone by the others', async () => {
    const { database, logger, providers: configured, vault } = auth.context;
    const grant = { clientId: providers.apple.clientId, refreshToken: `rt-${randomUUID()}` };
    await database.query(
      "INSERT INTO provider_revocation (provider, client_id, token_sealed) VALUES ('apple', $1, $2::bytea)",
      grant.clientId,
      sealGrant(vault, 'apple', grant),
    );
    const run = () => revokeAtProviders({ db: database, vault, apple: configured.appleClient, logger });
    await database.transaction(async ({ query }) => {
      await query('SELECT 1 AS row FROM provider_revocation FOR UPDATE');
      // It does not wait either: that would end in the statement's time limit.
      await run();
      expect(providers.apple.revoked).toEqual([]);
    });
    await run();
    expect(providers.apple.revoked).toEqual([grant.refreshToken]);
    expect(await database.query('SELECT 1 AS row FROM provider_revocation')).toEqual([]);
  });

  describe('503: a provider that is not configured', () => {
    const without = (...names: string[]) =>
      Object.fromEntries(Object.entries(providers.env).filter(([name]) => !names.includes(name)));

    test.each([
      ['apple', { identity_token: 'x' }, 'APPLE_CLIENT_IDS'],
      ['google', { id_token: 'x' }, 'GOOGLE_CLIENT_IDS'],
      ['github', { code: 'x' }, 'GITHUB_CLIENT_ID'],
      ['github', { access_token: 'x' }, 'GITHUB_CLIENT_SECRET'],
    ])('%s %j names %s, and the others work', async (provider, body, variable) => {
      await withAuth(stores, { ...without(variable), USERS_URL: users.url }, async (instance) => {
        const answer = await call(instance, 'POST', `/api/v1/auth/${provider}`, { body });
        expect(outcome(answer)).toEqual([503, 'auth.provider_unconfigured']);
        expect(answer.body['detail']).toContain(variable);
        if (provider !== 'google')
          expect((await google({ id_token: providers.google.sign() }, instance)).status).toBe(200);
        else expect((await github({ code: providers.github.issueCode() }, instance)).status).toBe(200);
      });
    });
  });
}
