import type { Browser, Locator } from 'playwright-core';
import { startStandInGoogle, type StandInGoogle } from '../../support/google.ts';
import { startConsoleStack, type ConsoleStack } from '../support/console-stack.ts';
import { launchBrowser, watchedPage, type Watched } from '../support/watched-browser.ts';

export const TIMEOUT_MS = 900_000;
export const OWNER = 'portal@example.com';

/** What the parts of the walk through the portal share: each goes on from what the ones before it made. */
export interface Walk {
  browser: Browser;
  google: StandInGoogle;
  stack: ConsoleStack;
  watched: Watched;
  /** The person's own client. */
  api: Awaited<ReturnType<ConsoleStack['link']>>['api'];
  /** Addresses that are known once something was made. */
  readonly places: { policy: string; violation: string };
}

export const walk = { places: { policy: '', violation: '' } } as Walk;

/** Starts the stack and a browser, in which the person is signed in. */
export async function startWalk(): Promise<void> {
  // First what may be missing, so that nothing else is left behind where it is.
  walk.browser = await launchBrowser();
  walk.google = await startStandInGoogle();
  walk.stack = await startConsoleStack({ ...walk.google.env, OPENAI_API_KEY: 'sk-of-nobody' });
  walk.watched = await watchedPage(walk.browser, walk.stack.url);
  const signedIn = await walk.stack.link(OWNER);
  walk.api = signedIn.api;
  await walk.watched.page.goto(signedIn.url);
  await walk.watched.page.getByRole('heading', { name: 'Start' }).waitFor();
}

export async function endWalk(): Promise<void> {
  await walk.browser.close();
  await walk.stack.dispose();
  await walk.google.close();
}

export const button = (
  name: string | RegExp,
  within: { getByRole: Locator['getByRole'] } = walk.watched.page,
): Locator => within.getByRole('button', { name });
export const dialog = (): Locator => walk.watched.page.getByRole('dialog');

export async function open(address: string, heading: string): Promise<void> {
  await walk.watched.page.goto(walk.stack.url + address);
  await walk.watched.page.getByRole('heading', { name: heading, level: 1, includeHidden: true }).waitFor();
}
