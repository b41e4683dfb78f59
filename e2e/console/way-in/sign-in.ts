import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { mailedCode } from '../../support/developer.ts';
import { CONSOLE_KEY } from '../support/console-stack.ts';
import { watchedPage } from '../support/watched-browser.ts';
import { RECENT_SECONDS, stack, browser, ask, OWN, demoCookie } from './stage.ts';

const TIMEOUT_MS = 900_000;

function cookieOf(cookies: readonly { readonly name: string; readonly value: string }[]): string {
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** How somebody comes in. */
export function signInTests(): void {
  describe('ways in', () => {
    test(
      'whoever is not signed in is led to the sign-in, signs in by a mailed code, and is back where they wanted to be',
      async () => {
        const { page, context, faults } = await watchedPage(browser, stack.url);
        await page.goto(`${stack.url}/?org=nobody-s`);
        await page.getByLabel('E-mail address').fill('ada@example.com');
        await page.getByRole('button', { name: 'Mail me a code' }).click();
        await page.getByLabel('Code').fill(await mailedCode(stack.stack.info.mail_ui_url, 'ada@example.com'));
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL((url) => url.search === '?org=nobody-s');
        const kept = await context.storageState();
        expect(kept.origins).toEqual([]);
        expect(kept.cookies).toMatchObject([
          { name: 'turnpike-console', httpOnly: true, sameSite: 'Strict', path: '/' },
        ]);
        expect(kept.cookies[0]?.value).toMatch(/^[\w-]{43}$/);
        await page.goto(stack.url);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL(/sign-in/);
        expect((await ask('/api/api/v1/credits/balance', { headers: { cookie: cookieOf(kept.cookies) } })).status).toBe(
          401,
        );
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test(
      'a link with a ticket signs in once, and leaves no ticket in the address',
      async () => {
        const { url } = await stack.link('grace@example.com');
        const { page, context, faults } = await watchedPage(browser, stack.url);
        await page.goto(url);
        await page.getByRole('heading', { name: 'Start' }).waitFor();
        expect(page.url()).toBe(`${stack.url}/`);
        await context.clearCookies();
        await page.goto(url);
        await page.getByText('This link was used before, or is too old.').waitFor();
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test(
      'a risky act asks whoever signed in a while ago to do it again, and is done then; without it nothing is',
      async () => {
        const credential = { email: 'hedy@example.com', password: 'frequency hopping spreads' };
        await stack.visitor.call('platform.register', { body: { ...credential, first_name: 'Hedy' } });
        const tokens = await stack.visitor.call('platform.login', { body: credential });
        const api = stack.visitor.as({ accessToken: tokens.access_token });
        const { page, context, faults } = await watchedPage(browser, stack.url);
        await page.goto(`${stack.url}/keys`);
        await page.getByLabel('E-mail address').fill(credential.email);
        await page.getByRole('button', { name: 'Use a password' }).click();
        await page.getByLabel('Password').fill(credential.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'New key' }).click();
        const signedInMs = Date.now();
        await page.getByRole('dialog').getByLabel('Name').fill('Late');
        await waitFor(() => Date.now() - signedInMs > RECENT_SECONDS * 1_000);
        const adding = await page.evaluate(async () => {
          const acts = ['/sign-in/links/google', '/api/platform/api/service/exports'];
          return await Promise.all(
            acts.map(async (act) => {
              const answer = await fetch(act, { method: 'POST' });
              return [answer.status, ((await answer.json()) as { code: string }).code];
            }),
          );
        });
        expect(adding).toEqual([1, 2].map(() => [403, 'auth.reauthentication_required']));
        await page.getByRole('button', { name: 'Make the key' }).click();
        const question = page.getByRole('dialog', { name: 'Is it still you?' });
        await question.waitFor();
        const { items } = await api.call('account.listProjects');
        const project = { 'x-project-id': String(items[0]?.id) };
        const keys = async () => (await api.call('account.listApiKeys', { headers: project })).items;
        await question.getByRole('button', { name: 'Close' }).click();
        await question.waitFor({ state: 'detached' });
        expect(await keys()).toEqual([]);

        await page.getByRole('button', { name: 'Make the key' }).click();
        await question.getByLabel('Password').fill(credential.password);
        await question.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('heading', { name: 'Store this key now' }).waitFor();
        expect((await keys()).map(({ name }) => name)).toEqual(['Late']);
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test('a ticket is made by whoever has the key of the console', async () => {
      const json = { access_token: 'a', refresh_token: 'b', expires_in: 1 };
      expect((await ask('/session/tickets', { method: 'POST', json })).status).toBe(403);
      const headers = { 'x-console-key': `${CONSOLE_KEY}0` };
      expect((await ask('/session/tickets', { method: 'POST', json, headers })).status).toBe(403);
    });

    test('a provider is added by whoever is signed in to an account of their own, on a page of the console', async () => {
      const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
        (await ask('/sign-in/links/google', { method: 'POST', headers })).status;
      const cookie = await demoCookie();
      expect([await statusOf(OWN), await statusOf({ ...OWN, cookie }), await statusOf({ cookie })]).toEqual([
        401, 403, 403,
      ]);
    });

    test('leaving for a provider that is not configured, or coming back from nowhere, signs nobody in', async () => {
      expect((await ask('/sign-in/with/nobody')).status).toBe(404);
      const back = await ask('/sign-in/return?code=x&state=y');
      expect([back.status, back.headers.get('location')]).toEqual([303, '/sign-in?failed=provider']);
      const away = await ask('/sign-in/with/google?next=//evil.example');
      const target = new URL(away.headers.get('location') ?? '');
      expect(target.origin + target.pathname).toBe(`${stack.stack.info.edge_url}/api/v1/auth/google/login`);
      expect(target.searchParams.get('redirect_uri')).toBe(`${stack.url}/sign-in/return`);
      expect(away.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax/);
    });
  });
}
