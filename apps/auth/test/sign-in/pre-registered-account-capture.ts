import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { asOperator, asUser, call, type Answer } from '../harness.ts';
import { asBearer, meetNewPeople, startProviderStage, userOf, type ProviderStage } from '../provider-stage.ts';

export function preRegisteredAccountCaptureTests(): void {
  let stage: ProviderStage;
  let users: ProviderStage['users'];
  let providers: ProviderStage['providers'];
  let auth: ProviderStage['auth'];

  beforeAll(async () => {
    stage = await startProviderStage();
    ({ auth, providers, users } = stage);
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

  const providersOf = ({ body }: Answer) =>
    (body['identities'] as { provider: string }[]).map(({ provider }) => provider);
  const outcome = ({ status, body }: Answer): [number, unknown] => [status, body['code']];

  describe('automatic linking', () => {
    test('both sides verified: one account, whatever the spelling of the address', async () => {
      const user = userOf(await google());
      expect(userOf(await apple({ email: email.toUpperCase() }))).toBe(user);
      const tokens = await github();
      expect(userOf(tokens)).toBe(user);
      expect(providersOf(await asBearer(auth, tokens, 'GET', '/api/v1/auth/me'))).toEqual([
        'google',
        'apple',
        'github',
      ]);
    });

    test.each([false, 'false', undefined])(
      'an unverified newcomer (email_verified %p) does not get into the account',
      async (verified) => {
        const user = userOf(await google());
        expect(userOf(await apple({ email_verified: verified }))).not.toBe(user);
      },
    );

    test.each([false, 'false'])(
      'a pre-registered unverified account (%p) never captures the later verified owner',
      async (verified) => {
        const squatter = userOf(await apple({ email_verified: verified }));
        const owner = await google();
        expect(userOf(owner)).not.toBe(squatter);
        // Nor does the squatter get in later, by signing in again.
        expect(userOf(await apple({ email_verified: verified }))).toBe(squatter);
        expect(providersOf(await asBearer(auth, owner, 'GET', '/api/v1/auth/me'))).toEqual(['google']);
      },
    );

    test('a development user of the address captures nobody', async () => {
      const dev = userOf(await call(auth, 'POST', '/api/v1/auth/dev/token', { body: { email }, headers: asOperator }));
      // Even if somebody took its address for verified: whoever holds the admin key names it, nobody proves it.
      await auth.context.database.query('UPDATE identity SET email_verified = true WHERE user_id = $1::uuid', dev);
      expect(userOf(await google())).not.toBe(dev);
    });

    test('an address that changed hands at one provider does not open the old account', async () => {
      const old = userOf(await google());
      await apple();
      const heir = userOf(await google({ sub: randomUUID() }));
      expect(heir).not.toBe(old);
    });

    test('an account that lost its proof does not link any more', async () => {
      const user = userOf(await google());
      await google({ email_verified: false });
      expect(userOf(await apple())).not.toBe(user);
    });

    test('a disabled account is not left behind by another provider', async () => {
      const user = userOf(await google());
      await auth.context.database.query("UPDATE account SET status = 'disabled' WHERE user_id = $1::uuid", user);
      await call({ url: users.url }, 'PUT', `/internal/users/${user}/status`, {
        body: { status: 'disabled' },
        headers: asUser('PUT', '/', user),
      });
      expect(outcome(await apple())).toEqual([403, 'auth.forbidden']);
    });
  });
}
