import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { freePort } from '@turnpike/local-stack/servers';
import { startConsoleStack, type ConsoleStack } from '../support/console-stack.ts';
import { launchBrowser } from '../support/watched-browser.ts';

const START_TIMEOUT_MS = 900_000;

/** Age from which a sign-in is an old one here. */
export const RECENT_SECONDS = 15;
export let stack: ConsoleStack;
export let browser: Browser;
export let metricsPort: number;

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** What a programme asks of the console; unlike a browser it may say anything of itself. */
export function ask(path: string, { method = 'GET', headers = {}, json }: Asked = {}): Promise<Response> {
  return fetch(stack.url + path, {
    method,
    headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    redirect: 'manual',
  });
}

export const OWN = { 'sec-fetch-site': 'same-origin' };

export async function demoCookie(): Promise<string> {
  const answer = await ask('/session', { method: 'POST', headers: OWN, json: { method: 'demo' } });
  expect(answer.status).toBe(201);
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
  beforeAll(async () => {
    metricsPort = await freePort();
    browser = await launchBrowser();
    stack = await startConsoleStack({
      CONSOLE_REAUTHENTICATION_SECONDS: String(RECENT_SECONDS),
      CONSOLE_METRICS_PORT: String(metricsPort),
      // An outage is one soon, and yet no busy machine.
      EDGE_TIMEOUT_MS: '15000',
    });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await stack.dispose();
  }, START_TIMEOUT_MS);
}
