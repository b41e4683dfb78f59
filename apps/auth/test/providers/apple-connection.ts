import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { revokeAtProviders } from '../../src/providers/provider-revocations.ts';
import { decodeAccessToken } from '../decode.ts';
import { asUser, call, introspect, withAuth, type Answer } from '../harness.ts';
import { codeOf, exchange, isLive, signIn, startStage, type Stage } from '../stand-ins/browser-stage.ts';
import { Browser } from '../stand-ins/browser.ts';

export function appleConnectionTests(): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(() => {
    stage.providers.apple.person = { sub: randomUUID(), email: `${randomUUID()}@example.com`, email_verified: true };
  });

  afterEach(() => {
    stage.providers.apple.server.mode = 'up';
  });

  async function appSignIn(more: object = {}): Promise<Answer> {
    const { apple } = stage.providers;
    const body = { identity_token: apple.sign(), authorization_code: apple.issueCode(), ...more };
    return call(stage.auth, 'POST', '/api/v1/auth/apple', { body });
  }

  function callAs(tokens: Answer, method: string, path: string): Promise<Answer> {
    const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
    return call(stage.auth, method, path, { headers: asUser(method, path, sub, sid) });
  }

  const deleteAccount = (tokens: Answer) => callAs(tokens, 'DELETE', '/api/v1/auth/me');
  const refreshTokenOf = () => stage.providers.apple.issuedRefreshTokens.at(-1) ?? '';
  const isRevoked = (token: string) => waitFor(() => stage.providers.apple.revoked.includes(token));

  describe("Apple's refresh token", () => {
    test('is revoked at Apple when the account is deleted, and no copy is left', async () => {
      const tokens = await appSignIn();
      expect(tokens.status).toBe(200);
      const token = refreshTokenOf();
      expect(await deleteAccount(tokens)).toMatchObject({ status: 200, body: { detail: 'Account deleted' } });
      expect(await isLive(stage, tokens)).toBe(false);
      await isRevoked(token);
      await waitFor(async () => (await stage.database.query('SELECT 1 AS row FROM provider_revocation')).length === 0);
      expect(await stage.database.query('SELECT 1 AS row FROM provider_grant')).toEqual([]);
    });

    test('of a browser sign-in is revoked too', async () => {
      const tokens = await exchange(stage, codeOf(await signIn(stage, new Browser(), 'apple')));
      const token = refreshTokenOf();
      await deleteAccount(tokens);
      await isRevoked(token);
    });

    test('Apple down: the deletion does not wait, and the revocation is made up for', async () => {
      const tokens = await appSignIn();
      const token = refreshTokenOf();
      stage.providers.apple.server.mode = 'refusing';
      expect((await deleteAccount(tokens)).status).toBe(200);
      await waitFor(async () => {
        const [row] = await stage.database.query<{ attempts: number }>('SELECT attempts FROM provider_revocation');
        return (row?.attempts ?? 0) >= 1;
      });
      stage.providers.apple.server.mode = 'up';
      await isRevoked(token);
    });

    test('a second instance ends each connection once', async () => {
      const before = stage.providers.apple.revoked.length;
      const signedIn = [];
      for (let i = 0; i < 8; i += 1) {
        stage.providers.apple.person = { sub: randomUUID() };
        signedIn.push(await appSignIn());
      }
      await Promise.all(signedIn.map(deleteAccount));
      await withAuth(stage.stores, stage.providers.env, async ({ context: { database, logger, providers, vault } }) => {
        const run = () => revokeAtProviders({ db: database, vault, apple: providers.appleClient, logger });
        await Promise.all([run(), run()]);
        await waitFor(() => stage.providers.apple.revoked.length >= before + 8);
      });
      const revoked = stage.providers.apple.revoked.slice(before);
      expect(new Set(revoked).size).toBe(revoked.length);
    });

    test('is revoked when Apple is unlinked', async () => {
      const tokens = await appSignIn();
      const token = refreshTokenOf();
      const { google } = stage.providers;
      google.person = { sub: randomUUID(), email: stage.providers.apple.person['email'], email_verified: true };
      await call(stage.auth, 'POST', '/api/v1/auth/google', { body: { id_token: google.sign() } });
      expect((await callAs(tokens, 'DELETE', '/api/v1/auth/identities/apple')).status).toBe(200);
      await isRevoked(token);
    });
  });

  describe('the authorisation code that an app posts', () => {
    test("another person's is refused: its token must not be filed under this account", async () => {
      const { apple } = stage.providers;
      const answer = await appSignIn({ authorization_code: apple.issueCode({ sub: 'somebody-else' }) });
      expect([answer.status, answer.body['code']]).toEqual([401, 'auth.credential_invalid']);
    });

    test('a used or made-up one is refused', async () => {
      expect((await appSignIn({ authorization_code: 'made-up' })).status).toBe(401);
    });

    test('503, never 401, while the token endpoint is down; then it works', async () => {
      const { apple } = stage.providers;
      const nonce = randomUUID();
      const body = { identity_token: apple.sign({ nonce }), nonce, authorization_code: apple.issueCode() };
      // Keys are known by now, so only the token endpoint is missed.
      expect((await appSignIn()).status).toBe(200);
      apple.server.mode = 'failing';
      const refused = await call(stage.auth, 'POST', '/api/v1/auth/apple', { body });
      expect([refused.status, refused.body['code']]).toEqual([503, 'auth.provider_unavailable']);
      apple.server.mode = 'up';
      expect((await call(stage.auth, 'POST', '/api/v1/auth/apple', { body })).status).toBe(200);
    });

    test('without the developer key of Apple the identity token alone signs in', async () => {
      const { APPLE_PRIVATE_KEY: _key, ...env } = stage.providers.env;
      const { apple } = stage.providers;
      await withAuth(stage.stores, { ...env, USERS_URL: stage.users.url }, async (instance) => {
        const body = { identity_token: apple.sign(), authorization_code: apple.issueCode() };
        expect((await call(instance, 'POST', '/api/v1/auth/apple', { body })).status).toBe(200);
        const login = await call(
          instance,
          'GET',
          '/api/v1/auth/apple/login?redirect_uri=https://app.example/signed-in',
        );
        expect([login.status, login.body['code']]).toEqual([503, 'auth.provider_unconfigured']);
        expect(login.body['detail']).toContain('APPLE_PRIVATE_KEY');
      });
    });
  });

  describe("Apple's notifications", () => {
    const notify = (events: unknown, claims: object = {}, provider = stage.providers.apple) => {
      const payload = provider.sign({
        sub: undefined,
        email: undefined,
        email_verified: undefined,
        jti: randomUUID(),
        events: JSON.stringify(events),
        ...claims,
      });
      return call(stage.auth, 'POST', '/api/v1/auth/apple/notifications', { body: { payload } });
    };
    const event = (type: string, more: object = {}) => ({
      type,
      sub: stage.providers.apple.person.sub,
      event_time: Date.now(),
      ...more,
    });

    test('consent-revoked ends the sessions that Apple opened; signing in again is the same account', async () => {
      const tokens = await appSignIn();
      expect((await notify(event('consent-revoked'))).status).toBe(200);
      expect(await isLive(stage, tokens)).toBe(false);
      expect((await introspect(stage.auth, String(tokens.body['access_token']))).headers.get('x-inactive-reason')).toBe(
        'session_revoked',
      );
      const again = await appSignIn();
      const subjects = [tokens, again].map(
        (answer) => decodeAccessToken(String(answer.body['access_token'])).payload.sub,
      );
      expect(subjects[0]).toBe(subjects[1]);
    });

    test('consent-revoked leaves the sessions of other providers', async () => {
      const { google } = stage.providers;
      await appSignIn();
      google.person = { sub: randomUUID(), email: stage.providers.apple.person['email'], email_verified: true };
      const other = await call(stage.auth, 'POST', '/api/v1/auth/google', { body: { id_token: google.sign() } });
      await notify(event('consent-revoked'));
      expect(await isLive(stage, other)).toBe(true);
    });

    test('a repeated notification does nothing: it cannot end the sessions of a new consent', async () => {
      await appSignIn();
      const jti = randomUUID();
      await notify(event('consent-revoked'), { jti });
      const again = await appSignIn();
      expect((await notify(event('consent-revoked'), { jti })).status).toBe(200);
      expect(await isLive(stage, again)).toBe(true);
    });

    test.each(['account-delete', 'account-deleted'])(
      '%s, Apple being the only way in, deletes the account',
      async (type) => {
        const tokens = await appSignIn();
        expect((await notify(event(type))).status).toBe(200);
        expect(await isLive(stage, tokens)).toBe(false);
        const { sub } = decodeAccessToken(String(tokens.body['access_token'])).payload;
        expect(await stage.database.query('SELECT status FROM account WHERE user_id = $1::uuid', sub)).toEqual([
          { status: 'deleted' },
        ]);
        expect(await stage.database.query('SELECT 1 AS row FROM identity WHERE user_id = $1::uuid', sub)).toEqual([]);
        const sent = await stage.database.query(
          "SELECT 1 AS row FROM outbox WHERE type = 'account.deletion_requested' AND payload->>'user_id' = $1",
          sub,
        );
        expect(sent).toHaveLength(1);
      },
    );

    test('account-deleted, with another way in, removes Apple only', async () => {
      const { google } = stage.providers;
      await appSignIn();
      google.person = { sub: randomUUID(), email: stage.providers.apple.person['email'], email_verified: true };
      const other = await call(stage.auth, 'POST', '/api/v1/auth/google', { body: { id_token: google.sign() } });
      await notify(event('account-deleted'));
      expect(await isLive(stage, other)).toBe(true);
      expect((await callAs(other, 'GET', '/api/v1/auth/me')).body['identities']).toEqual([
        { provider: 'google', linked_at: expect.any(String), removable: false },
      ]);
    });

    test('e-mail changes reach identity and profile, and a silenced address proves nothing', async () => {
      const tokens = await appSignIn();
      const { sub } = decodeAccessToken(String(tokens.body['access_token'])).payload;
      const relay = `${randomUUID()}@privaterelay.example`;
      const state = async () => {
        const [row] = await stage.database.query<{ email: string; email_verified: boolean }>(
          'SELECT email, email_verified FROM identity WHERE user_id = $1::uuid',
          sub,
        );
        return [row?.email, row?.email_verified, (await callAs(tokens, 'GET', '/api/v1/auth/me')).body['email']];
      };
      expect((await notify(event('email-disabled', { email: relay, is_private_email: 'true' }))).status).toBe(200);
      expect(await state()).toEqual([relay, false, relay]);
      await notify(event('email-enabled', { email: relay, is_private_email: 'true' }));
      expect(await state()).toEqual([relay, true, relay]);
    });

    test('an unknown person, an unknown event and several events are taken calmly', async () => {
      expect((await notify({ type: 'consent-revoked', sub: 'never-seen' })).status).toBe(200);
      expect((await notify(event('something-new'))).status).toBe(200);
      const tokens = await appSignIn();
      expect((await notify([event('something-new'), event('consent-revoked')])).status).toBe(200);
      expect(await isLive(stage, tokens)).toBe(false);
    });

    test('what is not signed by Apple for us ends nothing', async () => {
      const { apple, google } = stage.providers;
      const tokens = await appSignIn();
      const refused = [
        await notify(event('consent-revoked'), {}, google),
        await notify(event('consent-revoked'), { aud: 'com.another.app' }),
        await notify(event('consent-revoked'), { exp: 1 }),
        await notify(event('consent-revoked'), { jti: undefined }),
        await notify('consent-revoked'),
        await call(stage.auth, 'POST', '/api/v1/auth/apple/notifications', { body: { payload: apple.sign() } }),
        await call(stage.auth, 'POST', '/api/v1/auth/apple/notifications', { body: { payload: 'x' } }),
      ];
      expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 401));
      expect(await isLive(stage, tokens)).toBe(true);
    });

    test('a notification is no identity token', async () => {
      const { apple } = stage.providers;
      const payload = apple.sign({
        sub: undefined,
        jti: randomUUID(),
        events: JSON.stringify(event('consent-revoked')),
      });
      expect((await call(stage.auth, 'POST', '/api/v1/auth/apple', { body: { identity_token: payload } })).status).toBe(
        401,
      );
    });
  });
}
