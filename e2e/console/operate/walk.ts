import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { Turnpike } from '@turnpike/client';
import { startConsoleStack, type ConsoleStack } from '../support/console-stack.ts';
import { launchBrowser, watchedPage, type Watched } from '../support/watched-browser.ts';

export const TIMEOUT_MS = 900_000;
const CLI = fileURLToPath(new URL('../../../packages/cli/src/cli.ts', import.meta.url));

/** What the parts of the walk through the operators' part share. */
export interface Walk {
  browser: Browser;
  stack: ConsoleStack;
  /** Somebody whom operators look at, in an organisation. */
  person: { readonly userId: string; readonly api: Turnpike };
  tenantId: string;
}

export const walk = {} as Walk;

/** Starts the stack and a browser, and makes somebody in an organisation. */
export async function startWalk(): Promise<void> {
  walk.browser = await launchBrowser();
  walk.stack = await startConsoleStack();
  walk.person = await walk.stack.link('person@example.com');
  const { id } = await walk.person.api.call('platform.createTenant', { body: { name: 'Acme' } });
  walk.tenantId = id;
  await walk.person.api.call('credits.getBalance');
}

export async function endWalk(): Promise<void> {
  await walk.browser.close();
  await walk.stack.dispose();
}

/** A browser in which an operator with a role has just signed in. */
export async function signedIn(role: 'viewer' | 'support' | 'admin'): Promise<Watched & { readonly api: Turnpike }> {
  const email = `${role}@example.com`;
  await walk.stack.link(email);
  const { database_url: databaseUrl } = walk.stack.stack.info;
  await promisify(execFile)(process.execPath, [CLI, 'operators', 'grant', email, '--role', role, '--reason', 'test'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
  });
  const { url, api } = await walk.stack.link(email, '?next=/operate');
  const watched = await watchedPage(walk.browser, walk.stack.url);
  await watched.page.goto(url);
  await watched.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  return { ...watched, api };
}

export async function open(page: Page, path: string, heading: string): Promise<void> {
  const address = path.replace('PERSON', walk.person.userId).replace('TENANT', walk.tenantId);
  await page.goto(`${walk.stack.url}/operate${address}`);
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  await page.locator('[aria-label="Loading"]').first().waitFor({ state: 'detached' });
}

/** Fills in a form that is open, and sends it. */
export async function confirm(page: Page, label: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
  const dialog = page.getByRole('dialog');
  for (const [name, value] of Object.entries(fields)) await dialog.getByLabel(name).fill(value);
  await dialog.getByLabel('Reason').fill('asked in ticket 4711');
  await dialog.getByRole('button', { name: label, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

export const admin = (): Turnpike => walk.stack.visitor.as({ adminKey: walk.stack.stack.info.admin_api_key });
