import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '@turnpike/test-kit';

const TIMEOUT_MS = 240_000;
const WIDE = { width: 1360, height: 850 };

/** Runs in the page, before any script of it. */
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('content policy: ' + violatedDirective + ' ' + blockedURI));`;

/** What went wrong in a page: violations of its policy, errors that it logged, requests that left its origin, answers that held a token. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: string[];
}

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: await findChromium(), headless: true, args: [...CHROMIUM_FLAGS] });
}

/** A page of a browser that knows nothing yet, all of whose doings are watched. */
export async function watchedPage(browser: Browser, origin: string): Promise<Watched> {
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const faults: string[] = [];
  page.setDefaultTimeout(TIMEOUT_MS);
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(origin))
      faults.push(`left for ${request.url()}`);
  });
  page.on('console', (message) => {
    // Chromium itself notes answers of 4xx and 5xx, which a test may want.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('response', (response) => {
    if (!/json/.test(response.headers()['content-type'] ?? '')) return;
    void response.text().then(
      (text) => {
        if (/eyJ[\w-]+\.eyJ|"(?:access|refresh)_token"|[?&]token=/.test(text))
          faults.push(`a token in the answer of ${response.url()}`);
      },
      () => undefined,
    );
  });
  await page.addInitScript({ content: REPORT_VIOLATIONS });
  return { page, context, faults };
}
