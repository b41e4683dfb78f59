import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import { asService, asUser, call, type Answer } from '../harness.ts';
import {
  codeOf,
  exchange,
  loginUrl,
  meOf,
  parameterOf,
  PROVIDERS,
  signIn,
  startStage,
  type ProviderName,
  type Stage,
} from '../stand-ins/browser-stage.ts';
import { Browser } from '../stand-ins/browser.ts';

const PATH = '/api/v1/auth/identities';

export function linkingInTheBrowserTests(): void {
  let stage: Stage;
  /** Somebody with an account of their own, who signed in with GitHub. */
  let owner: Answer;

  beforeAll(async () => {
    stage = await startStage();
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(async () => {
    meetSomebody();
    owner = await signedInWith('github');
    meetSomebody();
  });

  function meetSomebody(): void {
    const { apple, google, github } = stage.providers;
    apple.person = { sub: randomUUID() };
    google.person = { sub: randomUUID(), email: `${randomUUID()}@example.com`, email_verified: true, name: 'Grace' };
    github.person = { id: randomInt(1, 2 ** 40), login: 'ada', emails: [] };
  }

  async function signedInWith(provider: ProviderName): Promise<Answer> {
    const tokens = await exchange(stage, codeOf(await signIn(stage, new Browser(), provider)));
    expect(tokens.status).toBe(200);
    return tokens;
  }

  /** A leg in link mode, to its code. */
  async function proven(provider: ProviderName) {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const end = await signIn(stage, new Browser(), provider, { purpose: 'link', code_challenge: challenge });
    return { code: codeOf(end), verifier };
  }

  function link(tokens: Answer, { code, verifier }: { code: string; verifier: string }): Promise<Answer> {
    const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
    return call(stage.auth, 'POST', PATH, {
      headers: asUser('POST', PATH, sub, sid),
      body: { code, code_verifier: verifier },
    });
  }

  const outcome = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
  const idOf = async (tokens: Answer) => (await meOf(stage, tokens))['id'];
  const accounts = async () => (await stage.database.query<{ n: number }>('SELECT count(*)::int AS n FROM account'))[0];

  describe('a leg in link mode', () => {
    test.each(['apple', 'google'] as const)(
      '%s: adds the identity to the account that brings the code and its verifier, which it then signs in to',
      async (provider) => {
        const before = await accounts();
        const linked = await link(owner, await proven(provider));
        expect(linked).toMatchObject({ status: 200, body: { identities: [{ provider: 'github' }, { provider }] } });
        expect(await accounts()).toEqual(before);
        expect(await idOf(await signedInWith(provider))).toBe(await idOf(owner));
        const trail = await stage.database.query(
          "SELECT method FROM audit_event WHERE user_id = $1::uuid AND action = 'identity.linked'",
          await idOf(owner),
        );
        expect(trail).toEqual([{ method: provider }]);
      },
    );

    test('github: the same, for somebody who signed in with Google', async () => {
      const google = await signedInWith('google');
      const linked = await link(google, await proven('github'));
      expect(linked).toMatchObject({
        status: 200,
        body: { identities: [{ provider: 'google' }, { provider: 'github' }] },
      });
      expect(await idOf(await signedInWith('github'))).toBe(await idOf(google));
    });

    test('an identity of somebody else is refused, and stays theirs', async () => {
      const victim = await signedInWith('google');
      expect(outcome(await link(owner, await proven('google')))).toEqual([409, 'auth.identity_taken']);
      expect(await idOf(await signedInWith('google'))).toBe(await idOf(victim));
      expect((await meOf(stage, owner))['identities']).toMatchObject([{ provider: 'github' }]);
    });

    test('a second identity of a provider is refused; the same one again changes nothing', async () => {
      const google = await signedInWith('google');
      expect((await link(google, await proven('google'))).status).toBe(200);
      meetSomebody();
      expect(outcome(await link(google, await proven('google')))).toEqual([409, 'resource.conflict']);
    });

    test('a denial, or a code of nobody, comes back as an error and links nothing', async () => {
      stage.providers.google.denial = 'access_denied';
      const end = await signIn(stage, new Browser(), 'google', { purpose: 'link', code_challenge: 'c'.repeat(43) });
      stage.providers.google.denial = undefined;
      expect([parameterOf(end, 'code'), parameterOf(end, 'error')]).toEqual([undefined, 'access_denied']);
    });
  });

  describe('its code', () => {
    test('works once, for any number of callers at once', async () => {
      const proof = await proven('google');
      const answers = await Promise.all(Array.from({ length: 12 }, () => link(owner, proof)));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array(11).fill(401)]);
      expect(outcome(await link(owner, proof))).toEqual([401, 'auth.code_invalid']);
    });

    test('is worth nothing with another verifier, which does not use it up', async () => {
      const attacker = await signedInWith('apple');
      const proof = await proven('google');
      const guessed = { ...proof, verifier: randomBytes(32).toString('base64url') };
      expect(outcome(await link(attacker, guessed))).toEqual([401, 'auth.code_invalid']);
      expect((await link(owner, proof)).status).toBe(200);
    });

    test('opens no session, and the code of a sign-in links nothing', async () => {
      const { code, verifier } = await proven('google');
      expect(outcome(await exchange(stage, code, { code_verifier: verifier }))).toEqual([401, 'auth.code_invalid']);
      expect((await link(owner, { code, verifier })).status).toBe(200);
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const end = await signIn(stage, new Browser(), 'apple', { code_challenge: challenge });
      expect(outcome(await link(owner, { code: codeOf(end), verifier }))).toEqual([401, 'auth.code_invalid']);
    });

    test('lives at most 60 seconds, and what it stands for lies sealed', async () => {
      const proof = await proven('google');
      const rows = await stage.database.query<{ seconds: number; row: string }>(
        `SELECT extract(epoch FROM expires_at - clock_timestamp())::float8 AS seconds,
                encode(sealed, 'escape') AS row FROM browser_sign_in ORDER BY expires_at LIMIT 1`,
      );
      expect(rows[0]?.seconds).toBeLessThanOrEqual(60);
      expect(rows[0]?.row).not.toContain(stage.providers.google.person.sub);
      await stage.database.query('UPDATE browser_sign_in SET expires_at = clock_timestamp()');
      expect((await link(owner, proof)).status).toBe(401);
    });

    test('is taken of a session only: nobody and an API key link nothing', async () => {
      const { code, verifier } = await proven('google');
      const body = { code, code_verifier: verifier };
      expect((await call(stage.auth, 'POST', PATH, { body, headers: asService })).status).toBe(401);
      const { sub } = decodeAccessToken(String(owner.body['access_token'])).payload;
      const headers = {
        ...asUser('POST', PATH, sub),
        'x-gateway-key-id': randomUUID(),
        'x-gateway-scopes': 'account:read',
      };
      expect(outcome(await call(stage.auth, 'POST', PATH, { body, headers }))).toEqual([403, 'auth.scope_missing']);
      expect((await link(owner, { code, verifier })).status).toBe(200);
    });
  });

  test.each(PROVIDERS)('%s: a leg in link mode has a challenge, and one of the two purposes', async (provider) => {
    const without = await new Browser().open(loginUrl(stage, provider, { purpose: 'link' }));
    expect([without.status, without.location]).toEqual([422, undefined]);
    expect(without.text).toContain('query.code_challenge');
    const other = await new Browser().open(
      loginUrl(stage, provider, { purpose: 'erase', code_challenge: 'c'.repeat(43) }),
    );
    expect([other.status, other.location]).toEqual([422, undefined]);
  });

  test.each(PROVIDERS)('%s: a leg in link mode ends in the browser that began it, once', async (provider) => {
    const login = await new Browser().open(
      loginUrl(stage, provider, { purpose: 'link', code_challenge: 'c'.repeat(43) }),
    );
    const state = new URL(login.location ?? '').searchParams.get('state') ?? '';
    const back = await new Browser().open(
      `${stage.auth.url}/api/v1/auth/${provider}/callback?${new URLSearchParams({ state, code: 'x' }).toString()}`,
    );
    expect([back.status, back.location]).toEqual([403, undefined]);
  });
}
