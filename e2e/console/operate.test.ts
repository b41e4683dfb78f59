import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adminTests } from './operate/admin.ts';
import { supportTests } from './operate/support.ts';
import { viewerTests } from './operate/viewer.ts';
import { endWalk, startWalk, TIMEOUT_MS, walk } from './operate/walk.ts';
import { watchedPage } from './support/watched-browser.ts';

/** The operators' part, walked as each role; what is done there is asked of the API. */

beforeAll(startWalk, TIMEOUT_MS);
afterAll(endWalk, TIMEOUT_MS);

viewerTests();
supportTests();
adminTests();

test(
  'whoever is no operator is led to the portal',
  async () => {
    const { url } = await walk.stack.link('nobody@example.com', '?next=/operate');
    const { page, context, faults } = await watchedPage(walk.browser, walk.stack.url);
    await page.goto(url);
    await page.waitForURL(`${walk.stack.url}/`);
    expect(faults).toEqual([]);
    await context.close();
  },
  TIMEOUT_MS,
);
