import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { call, type Answer } from '../harness.ts';
import {
  codeOf,
  exchange,
  parameterOf,
  PROVIDERS,
  signIn,
  startStage,
  type Stage,
} from '../stand-ins/browser-stage.ts';
import { Browser } from '../stand-ins/browser.ts';

export function providersThroughTheEdgeTests(): void {
  /** Auth, with the edge before it: `edge.url` is where the public calls. */
  let stage: Stage;
  let edge: RunningApp;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const port = await freePort();
    stage = await startStage({ PUBLIC_URL: `http://127.0.0.1:${port}` });
    closing.push(() => stage.close());
    edge = await startApp('edge-proxy', {
      ...stage.stores.env,
      EDGE_PORT: String(port),
      LOG_LEVEL: 'info',
      AUTH_URL: stage.auth.url,
      USERS_URL: stage.users.url,
      CREDITS_URL: 'http://127.0.0.1:1',
      AUTH_TIMEOUT_MS: '20000',
      GATEWAY_SIGNING_SECRET: 'signing-secret-of-backends',
      FLASH_SERVICE_KEY: 'flash-key',
      CLOCKCHAIN_SERVICE_KEY: 'clockchain-key',
      BILLING_SERVICE_KEY: 'billing-key',
      RATE_LIMIT_TIERS: JSON.stringify({
        free: { per_minute: 10_000, per_day: 10_000 },
        anonymous: { per_minute: 10_000 },
      }),
    });
    closing.push(edge.stop);
  });

  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  beforeEach(() => {
    const { apple, google, github } = stage.providers;
    apple.person = { sub: randomUUID(), email: `${randomUUID()}@example.com`, email_verified: true };
    google.person = { sub: randomUUID() };
    github.person = { id: randomInt(1, 2 ** 40), login: 'ada', emails: [] };
  });

  const bearer = (tokens: Answer) => ({ authorization: `Bearer ${String(tokens.body['access_token'])}` });
  /** The edge hears of it by itself, and never answers anything else than that it is good or has ended. */
  const hasEnded = (tokens: Answer) =>
    waitFor(async () => {
      const { status } = await call(edge, 'GET', '/api/v1/auth/me', { headers: bearer(tokens) });
      expect([200, 401]).toContain(status);
      return status === 401;
    });
  const providersOf = ({ body }: Answer) =>
    (body['identities'] as { provider: string }[]).map(({ provider }) => provider);

  test.each(PROVIDERS)('%s: a browser signs in, the app exchanges the code, and the tokens work', async (provider) => {
    const browser = new Browser();
    const end = await signIn({ auth: edge }, browser, provider, { state: 'mine' });
    expect(parameterOf(end, 'state')).toBe('mine');
    const callback = browser.visited.findLast((url) => url.includes('/callback'));
    expect(callback?.startsWith(edge.url)).toBe(true);
    const tokens = await exchange({ auth: edge }, codeOf(end));
    expect(tokens.headers.get('cache-control')).toBe('no-store');
    const me = await call(edge, 'GET', '/api/v1/auth/me', { headers: bearer(tokens) });
    expect([me.status, providersOf(me)]).toEqual([200, [provider]]);
  });

  test('a bogus state is 403, by form and by link', async () => {
    for (const provider of PROVIDERS) {
      const url = `${edge.url}/api/v1/auth/${provider}/callback`;
      const browser = new Browser();
      const stop =
        provider === 'apple'
          ? await browser.post(url, new URLSearchParams({ state: 'bogus', code: 'x' }), stage.providers.apple.issuer)
          : await browser.open(`${url}?state=bogus&code=x`);
      expect([stop.status, stop.location]).toEqual([403, undefined]);
    }
  });

  test('a second use of a code ends the first session at the edge', async () => {
    const code = codeOf(await signIn({ auth: edge }, new Browser(), 'google'));
    const tokens = await exchange({ auth: edge }, code);
    expect((await call(edge, 'GET', '/api/v1/auth/me', { headers: bearer(tokens) })).status).toBe(200);
    expect((await exchange({ auth: edge }, code)).status).toBe(401);
    await hasEnded(tokens);
  });

  describe('app sign-in, linking and unlinking', () => {
    test('answer as the contract says', async () => {
      const { apple, google, github } = stage.providers;
      const tokens = await call(edge, 'POST', '/api/v1/auth/apple', { body: { identity_token: apple.sign() } });
      expect(tokens.status).toBe(200);
      const headers = bearer(tokens);
      const link = (provider: string, body: object) =>
        call(edge, 'POST', `/api/v1/auth/identities/${provider}`, { headers, body });
      const unlink = (provider: string) => call(edge, 'DELETE', `/api/v1/auth/identities/${provider}`, { headers });
      expect(providersOf(await link('google', { id_token: google.sign() }))).toEqual(['apple', 'google']);
      expect(providersOf(await link('github', { code: github.issueCode() }))).toEqual(['apple', 'google', 'github']);
      expect(providersOf(await unlink('google'))).toEqual(['apple', 'github']);
      expect(providersOf(await unlink('apple'))).toEqual(['github']);
      const last = await unlink('github');
      expect([last.status, last.body['code']]).toEqual([409, 'auth.last_identity']);
    });

    test('401 without a session', async () => {
      const answers = [
        await call(edge, 'POST', '/api/v1/auth/identities/google', { body: { id_token: 'x' } }),
        await call(edge, 'DELETE', '/api/v1/auth/identities/google'),
      ];
      for (const { status, body, headers } of answers) {
        expect([status, body['code'], headers.get('www-authenticate')]).toEqual([401, 'auth.missing', 'Bearer']);
      }
    });
  });

  test('a notification of Apple ends a session at the edge', async () => {
    const { apple } = stage.providers;
    const tokens = await call(edge, 'POST', '/api/v1/auth/apple', { body: { identity_token: apple.sign() } });
    expect((await call(edge, 'GET', '/api/v1/auth/me', { headers: bearer(tokens) })).status).toBe(200);
    const events = JSON.stringify({ type: 'consent-revoked', sub: apple.person.sub, event_time: Date.now() });
    const payload = apple.sign({ jti: randomUUID(), events });
    expect((await call(edge, 'POST', '/api/v1/auth/apple/notifications', { body: { payload } })).status).toBe(200);
    await hasEnded(tokens);
  });

  test('wrong methods and paths are told apart', async () => {
    expect((await call(edge, 'POST', '/api/v1/auth/google/login', { body: {} })).status).toBe(405);
    expect((await call(edge, 'GET', '/api/v1/auth/exchange')).status).toBe(405);
    expect(
      (await call(edge, 'GET', '/api/v1/auth/facebook/login?redirect_uri=https://app.example/signed-in')).status,
    ).toBe(404);
  });
}
