import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** What depends on colours alone. */
const RULES_OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * Looks a page over with axe and returns its violations of WCAG 2.2 A and AA, each with the elements that break it; the page takes on `scheme`
 * first. A dark page has the names and the structure of the light one, so there only colours are looked at: a whole look costs seconds.
 */
export async function violationsIn(page: Page, scheme: 'light' | 'dark'): Promise<{ id: string; at: string[] }[]> {
  await page.emulateMedia({ colorScheme: scheme });
  // No frame of another origin is in a page, so axe needs no second page to put its parts together; nor is what passed described.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const chosen = scheme === 'light' ? axe.withTags(STANDARDS) : axe.withRules(RULES_OF_COLOURS);
  const { violations } = await chosen.analyze();
  return violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html.slice(0, 160)) }));
}
