import { expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { refusalOf, visitorAt } from '../../support/callers.ts';
import type { StandInGoogle } from '../../support/google.ts';
import type { ConsoleStack } from '../support/console-stack.ts';
import { watchedPage } from '../support/watched-browser.ts';

const TIMEOUT_MS = 900_000;

/** What the walk through the portal has started. */
interface Shared {
  readonly stack: ConsoleStack;
  readonly browser: Browser;
  readonly google: StandInGoogle;
}

/** Providers: added to an account in the browser, removed, and signed in with. */
export function waysInTests(shared: () => Shared): void {
  const button = (within: { getByRole: Locator['getByRole'] }, name: string): Locator =>
    within.getByRole('button', { name });
  const visitor = () => visitorAt(shared().stack.stack.info.edge_url);
  const atGoogle = (page: Page, answer: 'Continue' | 'Cancel') => page.getByRole('link', { name: answer }).click();
  const identitiesOf = async (own: Turnpike) =>
    (await own.call('auth.getMe')).identities.map(({ provider }) => provider);
  /** A browser that may go to the gateway and to Google, and nowhere else. */
  async function browserOfSomebody() {
    const { stack, browser, google } = shared();
    const { page, context, faults } = await watchedPage(browser, stack.url);
    const places = [stack.stack.info.edge_url, String(google.env['GOOGLE_AUTHORIZATION_URL'])];
    const left = () => faults.filter((fault) => !places.some((place) => fault.startsWith(`left for ${place}`)));
    return { page, context, left };
  }

  test(
    'Google is added in the browser, after a change of mind; it is removed once that is meant',
    async () => {
      const { stack, google } = shared();
      const credential = { email: 'two-ways@example.com', password: 'by a word or by google' };
      await visitor().call('platform.register', { body: { ...credential, first_name: 'Joan' } });
      const { access_token: accessToken } = await visitor().call('platform.login', { body: credential });
      const own = visitor().as({ accessToken });
      const { page, context, left } = await browserOfSomebody();
      await page.goto(`${stack.url}/account?org=nobody-s`);
      await page.getByLabel('E-mail address').fill(credential.email);
      await button(page, 'Use a password').click();
      await page.getByLabel('Password').fill(credential.password);
      await button(page, 'Sign in').and(page.locator('[type=submit]')).click();
      const ways = page.getByRole('region', { name: 'Ways to sign in' });
      await ways.getByText('Code by e-mail').waitFor();
      // The only way in stays, and what is not configured is not offered.
      expect(await ways.getByRole('button').allInnerTexts()).toEqual(['Add Google']);

      google.person = { subject: 'joan', email: 'joan@elsewhere.example' };
      await button(ways, 'Add Google').click();
      await atGoogle(page, 'Cancel');
      await ways.getByText('Google was not added: it was cancelled there.').waitFor();
      expect(await identitiesOf(own)).toEqual(['email']);

      await button(ways, 'Add Google').click();
      await atGoogle(page, 'Continue');
      await page.getByText('Google signs in to this account now.').waitFor();
      // Back where they were, and a reload says nothing again.
      await page.waitForURL(`${stack.url}/account?org=nobody-s`);
      expect(await identitiesOf(own)).toEqual(['email', 'google']);
      // Google has proven an address, and sign-up has not yet: it is the one that everything shows.
      const shown = { email: 'joan@elsewhere.example', email_verified: true };
      expect([await own.call('auth.getMe'), await own.call('platform.me')]).toMatchObject([shown, shown]);
      const profile = page.getByRole('region', { name: 'Profile' });
      const whoIsThis = page.locator('#navigation');
      for (const place of [profile, whoIsThis]) await place.getByText(shown.email).waitFor();
      await button(ways, 'Remove Google').waitFor();
      expect(await button(ways, 'Add Google').count()).toBe(0);

      await button(ways, 'Remove Google').click();
      await button(page.getByRole('dialog'), 'Remove Google').click();
      await page.getByText('Google no longer signs in to this account.').waitFor();
      expect(await identitiesOf(own)).toEqual(['email']);
      for (const place of [profile, whoIsThis]) await place.getByText(credential.email).waitFor();
      expect(left()).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    'Google of somebody else is not added, nor in another session than the one that began it',
    async () => {
      const { stack, google } = shared();
      google.person = { subject: 'grace', email: 'grace@elsewhere.example' };
      await visitor().call('auth.googleSignIn', {
        body: { id_token: google.identityToken('grace', google.person.email) },
      });
      const mary = await stack.link('mary@example.com', '?next=/account');
      const { page, context, left } = await browserOfSomebody();
      await page.goto(mary.url);
      await button(page, 'Add Google').click();
      await atGoogle(page, 'Continue');
      await page.getByText('that sign-in opens another account here').waitFor();
      expect(await identitiesOf(mary.api)).not.toContain('google');

      google.person = { subject: 'mallory', email: 'mallory@elsewhere.example' };
      await button(page, 'Add Google').click();
      await page.getByRole('link', { name: 'Continue' }).waitFor();
      const mallory = await stack.link('mallory@example.com');
      const second = await context.newPage();
      await second.goto(mallory.url);
      await second.getByRole('heading', { name: 'Start' }).waitFor();
      await atGoogle(page, 'Continue');
      await page.getByText('or began in another session').waitFor();
      expect(await identitiesOf(mallory.api)).not.toContain('google');
      expect(left()).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a sign-in with Google in place of a session ends that one',
    async () => {
      const { stack, google } = shared();
      google.person = { subject: 'radia', email: 'radia@elsewhere.example' };
      const before = await stack.link('radia@example.com');
      const { page, context, left } = await browserOfSomebody();
      await page.goto(before.url);
      await page.getByRole('heading', { name: 'Start' }).waitFor();
      expect(await identitiesOf(before.api)).not.toContain('google');
      await page.goto(`${stack.url}/sign-in/with/google?next=/account`);
      await atGoogle(page, 'Continue');
      await page.getByText('radia@elsewhere.example').first().waitFor();
      await waitFor(
        async () =>
          (await refusalOf(before.api.call('auth.getMe')).catch(() => undefined))?.code === 'auth.session_revoked',
      );
      expect(left()).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
}
