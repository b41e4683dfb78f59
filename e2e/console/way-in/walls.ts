import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { CONSOLE_KEY, type ConsoleStack } from '../support/console-stack.ts';
import { watchedPage } from '../support/watched-browser.ts';
import { stack, browser, metricsPort, ask, OWN, demoCookie } from './stage.ts';

function tokensOf(email: string) {
  return stack.visitor.as({ adminKey: stack.stack.info.admin_api_key }).call('auth.devToken', { body: { email } });
}

/** How many requests to a route usage knows of, once it knows of one. */
async function waitForRequests(api: Awaited<ReturnType<ConsoleStack['link']>>['api'], route: string): Promise<number> {
  let total = 0;
  await waitFor(async () => {
    ({ total } = await api.call('usage.listRequests', { query: { route } }));
    return total > 0;
  });
  return total;
}

/** What other sites and pages may not do, and how calls reach the gateway. */
export function wallsTests(): void {
  describe('what another site may do', () => {
    test.each([
      ['says that another site asks', { 'sec-fetch-site': 'cross-site' }, 403],
      ['says that another port or subdomain asks', { 'sec-fetch-site': 'same-site' }, 403],
      ['says that somebody typed it', { 'sec-fetch-site': 'none' }, 403],
      ['says nothing', {}, 403],
      ['names another origin', { origin: 'https://evil.example' }, 403],
      ['names our origin in a browser without fetch metadata', { origin: 'OWN' }, 201],
      ['asks from a page of ours', { 'sec-fetch-site': 'same-origin' }, 201],
    ])('a post that %s', async (_what, headers, status) => {
      const own = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? stack.url : value]),
      );
      const answer = await ask('/session', { method: 'POST', headers: own, json: { method: 'demo' } });
      expect(answer.status).toBe(status);
    });

    test('a form of another origin does nothing in a browser that is signed in', async () => {
      const { page, context } = await watchedPage(browser, stack.url);
      const { url, api } = await stack.link('mary@example.com');
      await page.goto(url);
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      const elsewhere = stack.url.replace('127.0.0.1', 'localhost');
      await page.goto(`${elsewhere}/sign-in`);
      const refused = await page
        .evaluate(async (target) => {
          const answer = await fetch(target, { method: 'POST', mode: 'no-cors', body: '{}', credentials: 'include' });
          return answer.type;
        }, `${stack.url}/api/auth/projects`)
        .catch(() => 'blocked');
      expect(['opaque', 'blocked']).toContain(refused);
      const { items } = await api.call('account.listProjects');
      expect(items).toHaveLength(1);
      await context.close();
    });
  });

  describe('the way to the gateway', () => {
    test('pages call operations of people, and none that answers with a token or takes an operator’s key', async () => {
      const cookie = await demoCookie();
      const statusOf = async (method: string, path: string): Promise<number> =>
        (await ask(`/api${path}`, { method, headers: { ...OWN, cookie }, ...(method === 'GET' ? {} : { json: {} }) }))
          .status;
      expect(await statusOf('GET', '/api/v1/credits/balance')).toBe(200);
      expect(await statusOf('GET', '/auth/projects')).toBe(200);
      for (const [method, path] of [
        ['POST', '/api/v1/auth/refresh'],
        ['POST', '/platform/api/global/auth/login'],
        ['POST', '/platform/api/global/auth/select-tenant'],
        ['POST', '/api/v1/auth/demo'],
        ['POST', '/api/v1/auth/exchange'],
        ['GET', '/api/v1/auth/google/login'],
        ['POST', '/api/v1/auth/service-token'],
        ['GET', '/internal/auth/revocations'],
        ['POST', '/api/v1/timepoints/generate/sync'],
        ['GET', '/auth/projects/../../internal/auth/revocations'],
        ['GET', '/health'],
      ] as const)
        expect([method, path, await statusOf(method, path)]).toEqual([method, path, 404]);
    });

    test('what a page says of who is calling reaches nobody', async () => {
      const cookie = await demoCookie();
      const { email: demo } = (await (
        await ask('/api/platform/api/global/auth/me', { headers: { cookie } })
      ).json()) as {
        email: string;
      };
      const forged = {
        authorization: 'Bearer forged',
        'x-api-key': 'sk_live_x',
        'x-admin-key': stack.stack.info.admin_api_key,
        'x-user-id': 'somebody',
      };
      const answer = await ask('/api/platform/api/global/auth/me', { headers: { cookie, ...forged } });
      expect([answer.status, ((await answer.json()) as { email: string }).email]).toEqual([200, demo]);
      const list = await ask('/api/platform/api/admin/tenants', { headers: { cookie, ...forged } });
      expect(list.status).toBe(403);
    });

    test('paths that servers read in two ways go nowhere', async () => {
      const cookie = await demoCookie();
      const { hostname, port } = new URL(stack.url);
      for (const path of [
        '/api/auth/projects/..%2f..%2finternal',
        '/api//auth/projects',
        '/api/auth/projects/%2e%2e/x',
        '/api/auth/./projects',
      ]) {
        const status = await new Promise<string>((resolve, reject) => {
          const socket = connect(Number(port), hostname, () =>
            socket.write(
              `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
            ),
          );
          let text = '';
          socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
          socket.once('close', () => resolve(text.split(' ')[1] ?? ''));
          socket.once('error', reject);
        });
        expect([path, status]).toEqual([path, '404']);
      }
    });

    test('calls through the console are no usage and count against no limit of the person', async () => {
      const { api } = await stack.link('linus@example.com');
      const {
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: expiresIn,
      } = await tokensOf('linus@example.com');
      const made = await ask('/session/tickets', {
        method: 'POST',
        headers: { 'x-console-key': CONSOLE_KEY },
        json: { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn },
      });
      const { ticket } = (await made.json()) as { ticket: string };
      const signedIn = await ask('/session', { method: 'POST', headers: OWN, json: { method: 'ticket', ticket } });
      const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const usedBefore = (await api.call('usage.getLimits')).windows.find(({ name }) => name === 'day')?.used;
      for (let time = 0; time < 5; time += 1) {
        const answer = await ask('/api/api/v1/auth/me', { headers: { cookie } });
        expect([answer.status, answer.headers.get('ratelimit-policy')]).toEqual([200, '"console";q=600;w=60']);
      }
      const { windows } = await api.call('usage.getLimits');
      expect(windows.find(({ name }) => name === 'day')?.used).toBe(usedBefore);
      await api.call('auth.getMe');
      const requests = await waitForRequests(api, 'auth.getMe');
      expect(requests).toBe(1);
    });

    test('answers of the pages and of the API are kept by nobody, and framed by nobody', async () => {
      const page = await ask('/usage');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toMatch(
        /default-src 'none'; script-src 'self'; style-src 'self'.*frame-ancestors 'none'/,
      );
      expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe/);
      const session = await ask('/session');
      expect([session.status, session.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(await session.json()).toMatchObject({ signed_in: false, demo: true, parts: ['portal', 'operate'] });
      expect((await ask('/no-such-page')).status).toBe(404);
      expect((await ask('/assets/../main.js')).status).toBe(404);
    });

    test('what the console measures is shown on a port of its own, and never on the one of the pages', async () => {
      const open = await ask('/metrics');
      expect([open.status, open.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(await open.text()).not.toContain('turnpike_');
      const inside = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      expect([inside.status, await inside.text()]).toEqual([200, expect.stringContaining('service="console"')]);
    });
  });
}
