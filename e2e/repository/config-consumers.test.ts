import { expect, test } from '@jest/globals';
import { CONFIG_KEYS, configKeys } from '@turnpike/contracts';
import { files, textOf } from './files.ts';

/** House rule: a key of the configuration exists only where something acts by it, and the page for readers lists it. */

/** Sources of services. What keeps the configuration does not act by it. */
const sources = files
  .filter((file) => /^apps\/[^/]+\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
  .filter((file) => !file.startsWith('apps/users/src/configuration/') && file !== 'apps/users/src/personal-data.ts')
  .map((file) => textOf(file));
const page = textOf('docs/configuration.md');

test.each(configKeys)('%s is acted by', (key) => {
  expect(sources.filter((source) => source.includes(`'${key}'`)).length).toBeGreaterThan(0);
});

test.each(configKeys)('%s is on the page', (key) => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\` |`)) ?? '';
  const { tenant, secret } = CONFIG_KEYS[key];
  expect(row).toContain({ hidden: 'operators', read: 'reads', override: 'sets' }[tenant]);
  expect(row.includes('secret')).toBe(secret);
});
