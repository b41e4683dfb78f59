import { createHash, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSetCookie } from 'cookie';
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
import { APP_URI, MOBILE_URI } from '../stand-ins/index.ts';

export function browserFlowTests(): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(() => {
    const { apple, google, github } = stage.providers;
    apple.person = {
      sub: randomUUID(),
      email: `${randomUUID()}@example.com`,
      email_verified: 'true',
      firstName: 'Ann',
      lastName: 'Lee',
    };
    google.person = {
      sub: randomUUID(),
      email: `${randomUUID()}@example.com`,
      email_verified: true,
      name: 'Grace Hopper',
    };
    github.person = { id: randomInt(1, 2 ** 40), login: 'ada', name: 'Ada Lovelace', emails: [] };
    for (const provider of [apple, google, github]) provider.denial = undefined;
    for (const { server } of [apple, google, github]) server.mode = 'up';
  });

  const NAMES = { apple: 'Ann Lee', google: 'Grace Hopper', github: 'Ada Lovelace' } as const;

  describe('a sign-in through the browser', () => {
    test.each(PROVIDERS)('%s: ends at the app with a code that gives tokens of the person', async (provider) => {
      const end = await signIn(stage, new Browser(), provider);
      expect([end.status, end.location]).toEqual([302, `${APP_URI}?code=${codeOf(end)}`]);
      const tokens = await exchange(stage, codeOf(end));
      expect(tokens).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 900 } });
      expect(tokens.headers.get('cache-control')).toBe('no-store');
      expect(await meOf(stage, tokens)).toMatchObject({ display_name: NAMES[provider], identities: [{ provider }] });
    });

    test.each(PROVIDERS)('%s: a second sign-in is the same account', async (provider) => {
      const [first, second] = await Promise.all(
        [new Browser(), new Browser()].map(async (browser) =>
          meOf(stage, await exchange(stage, codeOf(await signIn(stage, browser, provider)))),
        ),
      );
      expect(second?.['id']).toBe(first?.['id']);
    });

    test.each(PROVIDERS)(
      '%s: state, PKCE S256 and, where there are identity tokens, a nonce go to the provider',
      async (provider) => {
        const [first, second] = await Promise.all(
          [0, 1].map(async () => new Browser().open(loginUrl(stage, provider))),
        );
        const asked = [first, second].map((stop) => new URL(stop?.location ?? '').searchParams);
        for (const query of asked) {
          expect(Object.fromEntries(query)).toMatchObject({
            response_type: 'code',
            redirect_uri: `${stage.auth.url}/api/v1/auth/${provider}/callback`,
            code_challenge_method: 'S256',
            code_challenge: expect.stringMatching(/^[\w-]{43}$/),
            state: expect.stringMatching(/^[\w-]{43}$/),
            ...(provider === 'github' ? {} : { nonce: expect.stringMatching(/^[\w-]{43}$/) }),
            ...(provider === 'apple' ? { response_mode: 'form_post' } : {}),
          });
        }
        // Per attempt: nothing is shared between two.
        for (const name of ['state', 'code_challenge', ...(provider === 'github' ? [] : ['nonce'])]) {
          expect(asked[0]?.get(name)).not.toBe(asked[1]?.get(name));
        }
      },
    );

    test("Apple's address holds what the protocol needs, and none of the strategy's own options or states", async () => {
      const [first, second] = await Promise.all([0, 1].map(async () => new Browser().open(loginUrl(stage, 'apple'))));
      const asked = [first, second].map((stop) => new URL(stop?.location ?? '').searchParams);
      for (const query of asked) {
        expect([...query.keys()].toSorted()).toEqual(
          'client_id code_challenge code_challenge_method nonce redirect_uri response_mode response_type scope state'.split(
            ' ',
          ),
        );
        expect(Object.fromEntries(query)).toMatchObject({ scope: 'name email', response_mode: 'form_post' });
        // 256 bits; the strategy's own state would be 40.
        expect(query.get('state')).toMatch(/^[\w-]{43}$/);
      }
      expect(asked[0]?.get('state')).not.toBe(asked[1]?.get('state'));
    });

    test('no token is ever in an address', async () => {
      for (const provider of PROVIDERS) {
        const browser = new Browser();
        const end = await signIn(stage, browser, provider);
        const tokens = await exchange(stage, codeOf(end));
        const everywhere = [...browser.visited, end.location].join('\n');
        expect(everywhere).not.toMatch(/eyJ|rt_|rt-|gho_|access_token|refresh_token|id_token/);
        expect(everywhere).not.toContain(String(tokens.body['access_token']));
      }
    });

    test("the app's own state comes back, and a registered query stays", async () => {
      const state = 'a&b=c d';
      const end = await signIn(stage, new Browser(), 'google', { state, redirect_uri: MOBILE_URI });
      expect(end.location).toBe(
        `${MOBILE_URI}&code=${codeOf(end)}&state=${encodeURIComponent(state).replace('%20', '+')}`,
      );
      expect(parameterOf(end, 'state')).toBe(state);
    });

    test('30 people at once each get their own account', async () => {
      const people = Array.from({ length: 30 }, () => ({ sub: randomUUID(), name: randomUUID() }));
      const begun = await Promise.all(
        people.map(async () => {
          const browser = new Browser();
          return { browser, login: await browser.open(loginUrl(stage, 'google')) };
        }),
      );
      const atProvider = [];
      for (const [index, { browser, login }] of begun.entries()) {
        stage.providers.google.person = people[index] ?? { sub: 'nobody' };
        atProvider.push({ browser, stop: await browser.go(login) });
      }
      const profiles = await Promise.all(
        atProvider.map(async ({ browser, stop }) => meOf(stage, await exchange(stage, codeOf(await browser.go(stop))))),
      );
      expect(profiles.map((profile) => profile['display_name'])).toEqual(people.map(({ name }) => name));
      expect(new Set(profiles.map((profile) => profile['id'])).size).toBe(30);
    });
  });

  describe('several tabs at once', () => {
    test.each(PROVIDERS)('%s: three attempts of one browser end in any order', async (provider) => {
      const browser = new Browser();
      const tabs = await Promise.all([0, 1, 2].map(async () => browser.open(loginUrl(stage, provider))));
      for (const tab of tabs.toReversed()) {
        const back = await browser.go(tab);
        expect((await exchange(stage, codeOf(await browser.go(back)))).status).toBe(200);
      }
      expect(browser.cookies(stage.auth.url)).toEqual({});
    });

    test('the cookies of a browser are bounded; the latest attempts work', async () => {
      const browser = new Browser();
      let tab = await browser.open(loginUrl(stage, 'google'));
      for (let i = 0; i < 15; i += 1) tab = await browser.open(loginUrl(stage, 'google'));
      expect(Object.keys(browser.cookies(stage.auth.url)).length).toBe(10);
      const end = await browser.go(await browser.go(tab));
      expect((await exchange(stage, codeOf(end))).status).toBe(200);
    });
  });

  describe('the cookie that binds an attempt to the browser', () => {
    const cookieOf = async (provider: ProviderName) => {
      const browser = new Browser();
      await browser.open(loginUrl(stage, provider));
      return parseSetCookie(browser.setCookies[0] ?? '');
    };

    test("Apple's form_post comes from another site: SameSite=None; Secure, host-bound, not for scripts", async () => {
      expect(await cookieOf('apple')).toMatchObject({
        name: expect.stringMatching(/^__Host-turnpike-sign-in-apple-/),
        value: expect.stringMatching(/^[\w-]{43}$/),
        sameSite: 'none',
        secure: true,
        httpOnly: true,
        path: '/',
        maxAge: 600,
      });
    });

    test.each(['google', 'github'] as const)('%s comes back by a link: Lax', async (provider) => {
      expect(await cookieOf(provider)).toMatchObject({ sameSite: 'lax', httpOnly: true, path: '/', maxAge: 600 });
    });
  });

  describe('the person says no, or the provider fails', () => {
    test.each([
      ['apple', 'user_cancelled_authorize', 'access_denied'],
      ['apple', 'invalid_scope', 'server_error'],
      ['google', 'access_denied', 'access_denied'],
      ['github', 'access_denied', 'access_denied'],
      ['github', 'temporarily_unavailable', 'temporarily_unavailable'],
      ['google', '<script>alert(1)</script>', 'server_error'],
    ] as const)('%s: error %s tells the app %s', async (provider, denial, told) => {
      stage.providers[provider].denial = denial;
      const end = await signIn(stage, new Browser(), provider, { state: 'mine' });
      expect(end.location).toBe(`${APP_URI}?error=${told}&state=mine`);
    });

    test.each(PROVIDERS)(
      '%s: a token endpoint that is down tells the app to try again, never that the person is refused',
      async (provider) => {
        const browser = new Browser();
        const back = await browser.go(await browser.open(loginUrl(stage, provider)));
        stage.providers[provider].server.mode = 'failing';
        expect((await browser.go(back)).location).toBe(`${APP_URI}?error=temporarily_unavailable`);
      },
    );

    test('a garbled answer of the token endpoint does not end the process', async () => {
      stage.providers.google.tokenAnswer = '<html>captive portal</html>';
      const end = await signIn(stage, new Browser(), 'google');
      stage.providers.google.tokenAnswer = undefined;
      expect(parameterOf(end, 'error')).toBe('temporarily_unavailable');
      expect((await fetch(`${stage.auth.url}/health`)).status).toBe(200);
    });
  });

  describe("the app's own PKCE", () => {
    const verifier = 'app-verifier-app-verifier-app-verifier-app-verifier';
    const challenge = createHash('sha256').update(verifier).digest('base64url');

    test('a code begun with a challenge needs its verifier', async () => {
      const end = await signIn(stage, new Browser(), 'google', {
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      expect((await exchange(stage, codeOf(end))).status).toBe(401);
      expect((await exchange(stage, codeOf(end), { code_verifier: 'w'.repeat(50) })).status).toBe(401);
      expect((await exchange(stage, codeOf(end), { code_verifier: verifier })).status).toBe(200);
    });

    test('a verifier for a code that was begun without one is refused (downgrade)', async () => {
      const end = await signIn(stage, new Browser(), 'google');
      expect((await exchange(stage, codeOf(end), { code_verifier: verifier })).status).toBe(401);
    });
  });
}
