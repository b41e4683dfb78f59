import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
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
import { Browser, type Stop } from '../stand-ins/browser.ts';
import { APP_URI } from '../stand-ins/index.ts';

export function forgedCallbacksTests(): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(() => {
    const { apple, google, github } = stage.providers;
    apple.person = { sub: randomUUID() };
    google.person = { sub: randomUUID() };
    github.person = { id: randomInt(1, 2 ** 40), login: 'ada', emails: [] };
    for (const provider of [apple, google]) provider.tokenClaims = {};
  });

  /** Sends what a provider would send, with a browser that stands at the provider. */
  function callback(browser: Browser, provider: ProviderName, fields: Readonly<Record<string, string>>): Promise<Stop> {
    const url = `${stage.auth.url}/api/v1/auth/${provider}/callback`;
    if (provider === 'apple') return browser.post(url, new URLSearchParams(fields), stage.providers.apple.issuer);
    return browser.open(`${url}?${new URLSearchParams(fields).toString()}`);
  }

  /** A browser that has been at the provider, and what it is about to bring back. */
  async function atProvider(provider: ProviderName, browser = new Browser()) {
    const login = await browser.open(loginUrl(stage, provider));
    const back = await browser.go(login);
    const state = new URL(login.location ?? '').searchParams.get('state') ?? '';
    const code =
      provider === 'apple'
        ? (/name="code" value="([^"]+)"/.exec(back.text)?.[1] ?? '')
        : (parameterOf(back, 'code') ?? '');
    return { browser, back, state, code };
  }

  function expectForbidden(stop: Stop): void {
    expect([stop.status, stop.location, (JSON.parse(stop.text) as { code: string }).code]).toEqual([
      403,
      undefined,
      'auth.forbidden',
    ]);
  }

  describe.each(PROVIDERS)('%s: state', (provider) => {
    test('a bogus state is 403, and the attempt it was meant for still works', async () => {
      const { browser, back, code } = await atProvider(provider);
      expectForbidden(await callback(browser, provider, { state: randomBytes(32).toString('base64url'), code }));
      expectForbidden(await callback(browser, provider, { state: '', code }));
      expectForbidden(await callback(browser, provider, { code }));
      expect((await exchange(stage, codeOf(await browser.go(back)))).status).toBe(200);
    });

    test("a state of another browser is 403 (login CSRF), and does not use up the other's attempt", async () => {
      const attacker = await atProvider(provider);
      const victim = new Browser();
      expectForbidden(await callback(victim, provider, { state: attacker.state, code: attacker.code }));
      // Nor with a cookie from an attempt of the victim's own.
      await victim.open(loginUrl(stage, provider));
      expectForbidden(await callback(victim, provider, { state: attacker.state, code: attacker.code }));
      expect((await exchange(stage, codeOf(await attacker.browser.go(attacker.back)))).status).toBe(200);
    });

    test('a cookie of the right name with another value is 403, and does not use up the attempt', async () => {
      const { browser, back, state, code } = await atProvider(provider);
      const [name = ''] = Object.keys(browser.cookies(stage.auth.url));
      const victim = new Browser();
      victim.plant(stage.auth.url, name, randomBytes(32).toString('base64url'));
      expectForbidden(await callback(victim, provider, { state, code }));
      expect((await exchange(stage, codeOf(await browser.go(back)))).status).toBe(200);
    });

    test('a state works once, also for 20 callbacks at the same time', async () => {
      const { browser, state, code } = await atProvider(provider);
      const stops = await Promise.all(Array.from({ length: 20 }, () => callback(browser, provider, { state, code })));
      const statuses = stops.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([302, ...Array<number>(19).fill(403)]);
      expectForbidden(await callback(browser, provider, { state, code }));
    });

    test('a state of an expired attempt is 403', async () => {
      const { browser, back } = await atProvider(provider);
      await stage.database.query("UPDATE browser_sign_in SET expires_at = now() - interval '1 second'");
      expectForbidden(await browser.go(back));
    });

    test("another provider's state is 403", async () => {
      const other = provider === 'google' ? 'github' : 'google';
      const { browser, back, state, code } = await atProvider(other);
      expectForbidden(await callback(browser, provider, { state, code }));
      // Nor with the cookie's value under this provider's name.
      for (const [name, value] of Object.entries(browser.cookies(stage.auth.url))) {
        const suffix = name.slice(name.lastIndexOf('-') + 1);
        browser.plant(
          stage.auth.url,
          `${provider === 'apple' ? '__Host-' : ''}turnpike-sign-in-${provider}-${suffix}`,
          value,
        );
      }
      expectForbidden(await callback(browser, provider, { state, code }));
      expect((await exchange(stage, codeOf(await browser.go(back)))).status).toBe(200);
    });

    test('an error with a bogus state is 403: nobody can be sent to the app with it', async () => {
      expectForbidden(await callback(new Browser(), provider, { state: 'bogus', error: 'access_denied' }));
      expectForbidden(await callback(new Browser(), provider, { error: 'access_denied' }));
    });
  });

  describe.each(['apple', 'google'] as const)('%s: identity tokens', (provider) => {
    test.each([
      ['the nonce of another attempt', { nonce: 'another' }],
      ['no nonce', { nonce: undefined }],
      ["another app's audience", { aud: 'com.another.app' }],
      ['another issuer', { iss: 'https://evil.example' }],
      ['an expired one', { exp: 1 }],
    ])('%s is refused', async (_name, claims) => {
      stage.providers[provider].tokenClaims = claims;
      const end = await signIn(stage, new Browser(), provider);
      expect(end.location).toBe(`${APP_URI}?error=access_denied`);
    });
  });

  describe.each(PROVIDERS)('%s: code injection', (provider) => {
    test("an attacker's code in the victim's attempt fails on PKCE", async () => {
      const attacker = await atProvider(provider);
      const victim = await atProvider(provider);
      const end = await callback(victim.browser, provider, { state: victim.state, code: attacker.code });
      expect(end.location).toBe(`${APP_URI}?error=access_denied`);
    });

    test('a code from the app flow of the same provider is refused', async () => {
      const victim = await atProvider(provider);
      const end = await callback(victim.browser, provider, {
        state: victim.state,
        code: stage.providers[provider].issueCode(),
      });
      expect(end.location).toBe(`${APP_URI}?error=access_denied`);
    });
  });

  test("a person is who the provider's signed token says, whatever else the callback carries", async () => {
    const { browser, state, code } = await atProvider('apple');
    const user = JSON.stringify({ name: { firstName: 'Ann' }, email: 'victim@example.com' });
    const end = await callback(browser, 'apple', {
      state,
      code,
      user,
      id_token: stage.providers.apple.sign({ sub: 'victim' }),
    });
    const me = await meOf(stage, await exchange(stage, codeOf(end)));
    expect(me).toMatchObject({ email: null, display_name: 'Ann' });
    const rows = await stage.database.query("SELECT 1 AS one FROM identity WHERE subject = 'victim'");
    expect(rows).toEqual([]);
  });

  test.each(['{', '[]', 'null', '{"name":null}', '{"name":{"firstName":{}}}'])(
    "Apple's user field %p does no harm",
    async (user) => {
      const { browser, state, code } = await atProvider('apple');
      expect(codeOf(await callback(browser, 'apple', { state, code, user }))).toMatch(/^[\w-]{43}$/);
    },
  );

  describe('open redirect: where a sign-in may end is compared character by character', () => {
    const refused = [
      'https://evil.example/signed-in',
      `${APP_URI}/`,
      `${APP_URI}?x=1`,
      `${APP_URI}#x`,
      APP_URI.toUpperCase(),
      APP_URI.replace('https', 'http'),
      APP_URI.replace('app.example', 'app.example.evil.example'),
      APP_URI.replace('app.example', 'app.example@evil.example'),
      `${APP_URI}/../evil`,
      `${APP_URI}%00`,
      `${APP_URI},https://evil.example`,
      '//app.example/signed-in',
      '/signed-in',
      'javascript:alert(1)',
      ' ',
    ];
    test.each(refused)('%p is refused', async (uri) => {
      for (const provider of PROVIDERS) {
        const stop = await new Browser().open(loginUrl(stage, provider, { redirect_uri: uri }));
        expect([stop.status, stop.location]).toEqual([422, undefined]);
        expect(stop.text).not.toContain('evil.example');
      }
    });
    test('two addresses, or none, are refused', async () => {
      for (const query of ['', `?redirect_uri=${encodeURIComponent(APP_URI)}&redirect_uri=https://evil.example`]) {
        const stop = await new Browser().open(`${stage.auth.url}/api/v1/auth/google/login${query}`);
        expect([stop.status, stop.location]).toEqual([422, undefined]);
      }
    });
  });

  test('a forged Host header does not decide where the provider sends its codes', async () => {
    const { port } = new URL(stage.auth.url);
    const location = await new Promise<string | undefined>((resolve, reject) => {
      const headers = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
      };
      const path = new URL(loginUrl(stage, 'google'));
      rawRequest({ host: '127.0.0.1', port, path: path.pathname + path.search, headers }, (response) => {
        response.resume();
        resolve(response.headers.location);
      })
        .on('error', reject)
        .end();
    });
    expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe(
      `${stage.auth.url}/api/v1/auth/google/callback`,
    );
  });
}
