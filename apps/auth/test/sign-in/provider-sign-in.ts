import { createHash, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import { asUser, call, withAuth, type Answer } from '../harness.ts';
import { meetNewPeople, startProviderStage, userOf, type ProviderStage } from '../provider-stage.ts';
import type { GithubEmail } from '../stand-ins/github-server.ts';

export function providerSignInTests(): void {
  let stage: ProviderStage;
  let stores: ProviderStage['stores'];
  let providers: ProviderStage['providers'];
  let auth: ProviderStage['auth'];

  beforeAll(async () => {
    stage = await startProviderStage();
    ({ auth, providers, stores } = stage);
  });
  afterAll(() => stage.stop());

  beforeEach(() => meetNewPeople(providers));

  const apple = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/apple', { body });
  const google = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/google', { body });
  const github = (body: object, instance = auth) => call(instance, 'POST', '/api/v1/auth/github', { body });

  async function profileOf(answer: Answer): Promise<Answer['body']> {
    const { sub, sid } = decodeAccessToken(String(answer.body['access_token'])).payload;
    return (await call(auth, 'GET', '/api/v1/auth/me', { headers: asUser('GET', '/api/v1/auth/me', sub, sid) })).body;
  }

  function outcome({ status, body }: Answer): [number, unknown] {
    return [status, body['code']];
  }

  describe('success', () => {
    test('Apple: a pair of the contract, the address and the name of the first time', async () => {
      const answer = await apple({
        identity_token: providers.apple.sign(),
        full_name: { givenName: 'Ann', familyName: 'Lee' },
      });
      expect(answer).toMatchObject({
        status: 200,
        body: { token_type: 'bearer', expires_in: 900, refresh_token: expect.stringMatching(/^rt_/) },
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await profileOf(answer)).toMatchObject({
        email: providers.apple.person['email'],
        display_name: 'Ann Lee',
        identities: [{ provider: 'apple' }],
      });
    });

    test("Apple's name is kept from the first time and not overwritten by nothing", async () => {
      await apple({ identity_token: providers.apple.sign(), full_name: 'Ann Lee' });
      for (const later of [{}, { full_name: '' }, { full_name: null }, { full_name: { givenName: '' } }]) {
        const answer = await apple({ identity_token: providers.apple.sign(), ...later });
        expect((await profileOf(answer))['display_name']).toBe('Ann Lee');
      }
      const rows = await auth.context.database.query(
        'SELECT display_name FROM identity WHERE subject = $1',
        providers.apple.person.sub,
      );
      expect(rows).toEqual([{ display_name: 'Ann Lee' }]);
    });

    test('Apple and Google: each of several client ids', async () => {
      expect((await apple({ identity_token: providers.apple.sign({ aud: 'com.example.ios' }) })).status).toBe(200);
      expect((await google({ id_token: providers.google.sign({ aud: 'android.example' }) })).status).toBe(200);
    });

    test('Google: both spellings of the issuer', async () => {
      const first = userOf(await google({ id_token: providers.google.sign() }));
      expect(userOf(await google({ id_token: providers.google.sign({ iss: 'accounts.google.example' }) }))).toBe(first);
    });

    test('GitHub: a code with PKCE, the primary verified address', async () => {
      const verifier = 'v'.repeat(64);
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const redirectUri = 'example-app://github';
      const code = providers.github.issueCode({ redirectUri, challenge });
      const answer = await github({ code, redirect_uri: redirectUri, code_verifier: verifier });
      expect(await profileOf(answer)).toMatchObject({
        email: providers.github.person.emails[0]?.email,
        display_name: 'Ada Lovelace',
        identities: [{ provider: 'github' }],
      });
    });

    test('GitHub: an access token that GitHub confirms to be ours', async () => {
      const first = userOf(await github({ access_token: providers.github.issueToken() }));
      expect(userOf(await github({ code: providers.github.issueCode() }))).toBe(first);
    });

    test('50 concurrent first sign-ins of one identity make one account and 50 sessions', async () => {
      const token = providers.google.sign();
      const answers = await Promise.all(Array.from({ length: 50 }, () => google({ id_token: token })));
      const claims = answers.map((answer) => {
        expect(answer.status).toBe(200);
        return decodeAccessToken(String(answer.body['access_token'])).payload;
      });
      expect(new Set(claims.map(({ sub }) => sub)).size).toBe(1);
      expect(new Set(claims.map(({ sid }) => sid)).size).toBe(50);
    });

    test('the sessions are listed with the way they were opened', async () => {
      const { sub, sid } = decodeAccessToken(
        String((await google({ id_token: providers.google.sign() })).body['access_token']),
      ).payload;
      const { body } = await call(auth, 'GET', '/api/v1/auth/sessions', {
        headers: asUser('GET', '/api/v1/auth/sessions', sub, sid),
      });
      expect(body).toMatchObject({ items: [{ method: 'google', current: true }] });
    });
  });

  describe('the identity key is provider and subject, never the address', () => {
    test('another address, same subject: the same account', async () => {
      const first = userOf(await google({ id_token: providers.google.sign() }));
      expect(userOf(await google({ id_token: providers.google.sign({ email: 'new@example.com' }) }))).toBe(first);
    });

    test('same address, another subject of the same provider: another account (the address has changed hands)', async () => {
      const first = userOf(await google({ id_token: providers.google.sign() }));
      expect(userOf(await google({ id_token: providers.google.sign({ sub: randomUUID() }) }))).not.toBe(first);
    });

    test('one subject at two providers: two accounts', async () => {
      const first = userOf(await google({ id_token: providers.google.sign() }));
      const sameSubject = providers.apple.sign({ sub: providers.google.person.sub });
      expect(userOf(await apple({ identity_token: sameSubject }))).not.toBe(first);
    });

    test('GitHub: the login name may change hands, the id may not', async () => {
      const first = userOf(await github({ access_token: providers.github.issueToken() }));
      const renamed = { ...providers.github.person, login: 'renamed' };
      const squatter = { ...providers.github.person, id: randomInt(1, 2 ** 40), emails: [] };
      expect(userOf(await github({ access_token: providers.github.issueToken(renamed) }))).toBe(first);
      expect(userOf(await github({ access_token: providers.github.issueToken(squatter) }))).not.toBe(first);
    });
  });

  describe('GitHub: which address', () => {
    const cases: [string, readonly GithubEmail[], string | null][] = [
      [
        'primary and verified',
        [
          { email: 'b@x.example', primary: false, verified: true },
          { email: 'a@x.example', primary: true, verified: true },
        ],
        'a@x.example',
      ],
      [
        'primary, not verified',
        [
          { email: 'a@x.example', primary: true, verified: false },
          { email: 'b@x.example', primary: false, verified: true },
        ],
        null,
      ],
      ['none', [], null],
    ];
    test.each(cases)('%s', async (_name, emails, expected) => {
      const person = { ...providers.github.person, emails, email: 'public@x.example' };
      expect((await profileOf(await github({ access_token: providers.github.issueToken(person) })))['email']).toBe(
        expected,
      );
    });
  });

  describe("401: another app's credentials", () => {
    test("Apple: another app's identity token", async () => {
      expect(outcome(await apple({ identity_token: providers.apple.sign({ aud: 'com.another.app' }) }))).toEqual([
        401,
        'auth.credential_invalid',
      ]);
    });
    test("Google: another app's identity token", async () => {
      expect(outcome(await google({ id_token: providers.google.sign({ aud: 'another.apps.example' }) }))).toEqual([
        401,
        'auth.credential_invalid',
      ]);
    });
    test('GitHub: an access token of another client', async () => {
      const token = providers.github.issueToken(providers.github.person, 'Iv1.another');
      expect(outcome(await github({ access_token: token }))).toEqual([401, 'auth.credential_invalid']);
      const asked = providers.github.received
        .filter(({ path }) => path === '/user')
        .map(({ headers }) => headers.authorization);
      expect(asked).not.toContain(`Bearer ${token}`);
    });
    test('GitHub: a code of another client', async () => {
      expect(outcome(await github({ code: providers.github.issueCode({ appId: 'Iv1.another' }) }))).toEqual([
        401,
        'auth.credential_invalid',
      ]);
    });
    test("Apple's token at Google's door, and the other way round", async () => {
      expect((await google({ id_token: providers.apple.sign() })).status).toBe(401);
      expect((await apple({ identity_token: providers.google.sign() })).status).toBe(401);
    });
  });

  describe('401: what is not good', () => {
    test.each([{ exp: 1 }, { iss: 'https://evil.example' }, { sub: '' }])('Google: claims %j', async (claims) => {
      const answer = await google({ id_token: providers.google.sign(claims) });
      expect(outcome(answer)).toEqual([401, 'auth.credential_invalid']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      // Why, only the log is told.
      expect(answer.body['detail']).toBe('This Google sign-in is not valid.');
    });
    test('GitHub: a code used twice, a made-up one, a wrong PKCE verifier', async () => {
      const code = providers.github.issueCode();
      expect((await github({ code })).status).toBe(200);
      expect(outcome(await github({ code }))).toEqual([401, 'auth.credential_invalid']);
      expect((await github({ code: 'made-up' })).status).toBe(401);
      const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
      expect(
        (await github({ code: providers.github.issueCode({ challenge }), code_verifier: 'w'.repeat(43) })).status,
      ).toBe(401);
    });
    test('GitHub: a made-up access token', async () => {
      expect((await github({ access_token: 'gho_made_up' })).status).toBe(401);
    });
  });

  describe('identity tokens are single-use where a nonce is used', () => {
    const nonce = (): string => randomUUID();
    const hashed = (value: string): string => createHash('sha256').update(value).digest('hex');

    test.each(['raw', 'hashed'])('Apple, nonce %s: once', async (form) => {
      const raw = nonce();
      const identity_token = providers.apple.sign({ nonce: form === 'raw' ? raw : hashed(raw) });
      expect((await apple({ identity_token, nonce: raw })).status).toBe(200);
      expect(outcome(await apple({ identity_token, nonce: raw }))).toEqual([401, 'auth.credential_invalid']);
    });

    test('20 parallel uses: one sign-in', async () => {
      const raw = nonce();
      const id_token = providers.google.sign({ nonce: raw });
      const answers = await Promise.all(Array.from({ length: 20 }, () => google({ id_token, nonce: raw })));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200,
        ...Array<number>(19).fill(401),
      ]);
    });

    test('a token with a nonce is refused without it, and with another', async () => {
      const id_token = providers.google.sign({ nonce: nonce() });
      expect((await google({ id_token })).status).toBe(401);
      expect((await google({ id_token, nonce: nonce() })).status).toBe(401);
    });

    test('an outage after the token was judged does not use it up', async () => {
      const raw = nonce();
      const id_token = providers.google.sign({ nonce: raw });
      const cut = { ...providers.env, USERS_URL: 'http://127.0.0.1:1' };
      await withAuth(stores, cut, async (instance) =>
        expect((await google({ id_token, nonce: raw }, instance)).status).toBe(503),
      );
      expect((await google({ id_token, nonce: raw })).status).toBe(200);
    });
  });

  describe('422', () => {
    test.each([
      ['apple', 'nothing', {}],
      ['apple', 'an empty token', { identity_token: '' }],
      ['apple', 'a number', { identity_token: 7 }],
      ['apple', 'an empty nonce', { identity_token: 'x', nonce: '' }],
      ['apple', 'an endless name', { identity_token: 'x', full_name: 'n'.repeat(121) }],
      ['google', 'nothing', {}],
      ['google', 'an endless token', { id_token: 'x'.repeat(8_193) }],
      ['github', 'nothing', {}],
      ['github', 'a code and a token', { code: 'a', access_token: 'b' }],
      ['github', 'an empty code', { code: '' }],
      ['github', 'a short verifier', { code: 'a', code_verifier: 'short' }],
      ['github', 'a redirect URI that is none', { code: 'a', redirect_uri: 'not a uri' }],
    ])('%s: %s', async (provider, _name, body) => {
      expect(outcome(await call(auth, 'POST', `/api/v1/auth/${provider}`, { body }))).toEqual([422, 'request.invalid']);
    });
  });
}
