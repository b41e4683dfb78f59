import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium, waitFor } from '@turnpike/test-kit';
import { refusalOf } from '../../support/callers.ts';
import { defaultStack } from '../../support/default-stack.ts';
import { mailedCode } from '../../support/developer.ts';
import type { TempStack } from '../../support/temp-stack.ts';

const START_TIMEOUT_MS = 900_000;
const PAGE_TIMEOUT_MS = 240_000;

/** Runs in the page, before any script of it. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('content policy: ' + violatedDirective + ' ' + blockedURI));`;

let temp: TempStack;
let browser: Browser;
let page: Page;
/** What went where it should not. */
const foreign: string[] = [];
const errors: string[] = [];

beforeAll(async () => {
  temp = defaultStack();
  const executablePath = await findChromium();
  browser = await chromium.launch({ executablePath, headless: true, args: [...CHROMIUM_FLAGS] });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(PAGE_TIMEOUT_MS);
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(temp.stack.info.edge_url))
      foreign.push(request.url());
  });
  page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript({ content: REPORT_VIOLATIONS });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await browser.close();
}, START_TIMEOUT_MS);

test(
  'a newcomer browses the reference, signs in on it and makes a call, and nothing leaves the origin',
  async () => {
    await page.goto(`${temp.stack.info.edge_url}/docs`);
    await page.getByRole('heading', { name: 'Turnpike' }).waitFor();
    await page.getByRole('button', { name: 'Demo account' }).click();
    await page.getByText('Signed in as the demo account').waitFor();
    await page.getByText('Credits', { exact: true }).first().click();
    await page.getByText('What the caller can spend').first().click();
    await page.getByRole('button', { name: /Test Request.*credits\/balance/ }).click();
    await page
      .getByRole('button', { name: /Send get request/ })
      .first()
      .click();
    await waitFor(async () => (await page.locator('body').innerText()).includes('200 OK'), {
      timeoutMs: PAGE_TIMEOUT_MS,
    });
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
  },
  2 * PAGE_TIMEOUT_MS,
);

test(
  'signing in takes a mailed code, too',
  async () => {
    await page.goto(`${temp.stack.info.edge_url}/docs`);
    await page.getByLabel('E-mail').fill('newcomer@example.com');
    await page.getByRole('button', { name: 'Send a code' }).click();
    await page.locator('#code').fill(await mailedCode(temp.stack.info.mail_ui_url, 'newcomer@example.com'));
    await page.locator('#send').click();
    await page.getByText('Signed in as newcomer@example.com').waitFor();
    expect(errors).toEqual([]);
  },
  2 * PAGE_TIMEOUT_MS,
);

test(
  'the page of error codes opens at the code that a problem leads to',
  async () => {
    const { body } = await refusalOf(temp.visitor.call('credits.getBalance'));
    const { type } = body as { readonly type: string };
    await page.goto(new URL(type, temp.stack.info.edge_url).href);
    const place = page.locator('section:target');
    expect(await place.innerText()).toContain('Authentication required');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  },
  PAGE_TIMEOUT_MS,
);
