import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { watchedPage } from '../support/watched-browser.ts';
import { ask, browser, demoCookie, OWN, stack } from './stage.ts';

const TIMEOUT_MS = 900_000;
const BALANCE = '/api/api/v1/credits/balance';

/** Stops a process while `act` runs: it is there, and does not answer. */
async function whileStopped(name: string, act: () => Promise<void>): Promise<void> {
  const pid = Number(stack.stack.processes()[name]);
  process.kill(pid, 'SIGSTOP');
  try {
    await act();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** What an attacker tries at the console, and what an outage must not do to whoever is signed in. */
export function attacksTests(): void {
  test.each([
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    'https://evil.example/',
    'javascript:alert(1)',
  ])(
    'a sign-in leads to no other site: %j',
    async (next) => {
      const { page, context, faults } = await watchedPage(browser, stack.url);
      await page.goto(`${stack.url}/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByRole('button', { name: 'Look around with the demo account' }).click();
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      expect(page.url()).toBe(`${stack.url}/`);
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test('a session that was there before a sign-in is not the one after it, and is worth nothing any more', async () => {
    const planted = await demoCookie();
    const headers = { ...OWN, cookie: planted };
    const answer = await ask('/session', { method: 'POST', headers, json: { method: 'demo' } });
    const own = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(own).not.toBe(planted);
    expect((await ask(BALANCE, { headers: { cookie: planted } })).status).toBe(401);
    expect((await ask(BALANCE, { headers: { cookie: own } })).status).toBe(200);
    // One that was never given out is nobody's, and does not become somebody's.
    const invented = `turnpike-console=${'a'.repeat(43)}`;
    const fixed = await ask('/session', {
      method: 'POST',
      headers: { ...OWN, cookie: invented },
      json: { method: 'demo' },
    });
    expect(fixed.headers.getSetCookie()[0]).not.toContain(invented);
    expect((await ask(BALANCE, { headers: { cookie: invented } })).status).toBe(401);
  });

  test('a page on another port or site reads nothing with the cookie of a visitor', async () => {
    const cookie = await demoCookie();
    for (const path of ['/session', BALANCE, '/downloads/exports/01a22523-8fcb-7138-9504-ccc7ef813c1e?org=x'])
      for (const site of ['same-site', 'cross-site'])
        expect([path, (await ask(path, { headers: { cookie, 'sec-fetch-site': site } })).status]).toEqual([path, 403]);
  });

  test('an address puts no header of its own into an answer', async () => {
    for (const path of [
      '/sign-in/with/google?next=/%0d%0aset-cookie:%20evil=1',
      '/sign-in/return?code=x%0d%0aset-cookie:%20evil=1&state=y%0d%0aset-cookie:%20evil=1',
      '/sign-in/return?state=link.%0d%0aset-cookie:%20evil=1',
    ]) {
      const answer = await ask(path);
      expect([path, answer.status < 400]).toEqual([path, true]);
      expect(answer.headers.getSetCookie().join()).not.toContain('evil');
      expect(answer.headers.get('location')).not.toMatch(/evil=1/);
    }
  });

  test(
    'signing out in one tab ends the others, and one who signs in as somebody else is shown in all',
    async () => {
      const { page, context, faults } = await watchedPage(browser, stack.url);
      const { url } = await stack.link('two-tabs@example.com');
      await page.goto(url);
      await page.getByText('two-tabs@example.com').first().waitFor();
      const other = await context.newPage();
      await other.goto(`${stack.url}/account`);
      await other.getByText('two-tabs@example.com').first().waitFor();
      await page.goto((await stack.link('somebody-else@example.com')).url);
      await other.getByText('somebody-else@example.com').first().waitFor();
      expect(await other.getByText('two-tabs@example.com').count()).toBe(0);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await other.getByRole('heading', { name: 'Sign in to Turnpike' }).waitFor();
      expect(faults).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test.each(['edge-proxy', 'redis'])(
    'without %s whoever is signed in is told so, is not signed out, and may sign out',
    async (name) => {
      const { page, context } = await watchedPage(browser, stack.url);
      await page.goto((await stack.link('patient@example.com')).url);
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
      await whileStopped(name, async () => {
        // At once, as each waits for its own deadline.
        const [answer, balance] = await Promise.all([
          ask('/session', { headers: { cookie } }),
          ask(BALANCE, { headers: { cookie } }),
          page.reload(),
        ]);
        expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []]);
        expect(await answer.json()).toMatchObject({ code: 'service.unavailable' });
        expect(balance.status).toBe(503);
        await page.getByRole('alert').getByText('Not available at the moment', { exact: true }).waitFor();
      });
      await waitFor(async () => (await ask(BALANCE, { headers: { cookie } })).status === 200);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      await whileStopped(name, async () => {
        const answer = await ask('/session', { method: 'DELETE', headers: { ...OWN, cookie } });
        expect(answer.headers.getSetCookie()[0]).toMatch(/^turnpike-console=; Max-Age=0/);
      });
      await context.close();
    },
    TIMEOUT_MS,
  );
}
