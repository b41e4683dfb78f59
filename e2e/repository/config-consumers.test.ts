import { expect, test } from '@jest/globals';
import { CONFIG_KEYS, configKeys, PROVIDER_CONFIG_KEYS } from '@turnpike/contracts';
import { files, textOf } from './files.ts';

/** House rule: a key of the configuration exists only where something acts by it, and the page for readers lists it. */

/** Sources of services. What keeps the configuration does not act by it. */
const sources = files
  .filter((file) => /^apps\/[^/]+\/src\/.*\.ts$/.test(file) && !/\.test\.ts$/.test(file))
  .filter((file) => !file.startsWith('apps/users/src/configuration/') && file !== 'apps/users/src/personal-data.ts')
  .map((file) => textOf(file));
const page = textOf('docs/configuration.md');

/** The LLM gateway names the keys of its providers by this constant. */
const OF_PROVIDERS = /\bPROVIDER_CONFIG_KEYS\b/;

test.each(configKeys)('%s is acted by', (key) => {
  const isOfProvider = PROVIDER_CONFIG_KEYS.some((each) => each === key);
  const named = sources.filter((source) => source.includes(`'${key}'`) || (isOfProvider && OF_PROVIDERS.test(source)));
  expect(named.length).toBeGreaterThan(0);
});

test.each(configKeys)('%s is on the page', (key) => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\` |`)) ?? '';
  const { tenant, secret } = CONFIG_KEYS[key];
  expect(row).toContain({ hidden: 'operators', read: 'reads', override: 'sets' }[tenant]);
  expect(row.includes('secret')).toBe(secret);
});
