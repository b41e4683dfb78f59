import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '@turnpike/service-kit';
import { readConfig } from './config.ts';

const STORES = { DATABASE_URL: 'postgresql://user:password@localhost', REDIS_URL: 'redis://localhost' };

test('without settings an export reads Flash, and no backend is told to erase', () => {
  const config = readConfig({ ...STORES, FLASH_URL: 'https://flash.internal/', FLASH_SERVICE_KEY: 'new-key, old-key' });
  expect(config.exportSources).toMatchObject([
    { name: 'timepoints', url: 'https://flash.internal/api/v1/users/me/timepoints', serviceKey: 'new-key' },
  ]);
  expect(config.erasureWebhooks).toEqual([]);
});

test('a backend is called with the first key of the variable that it names', () => {
  const webhooks = [{ name: 'shop', url: 'https://shop.internal/erase', service_key_variable: 'SHOP_KEY' }];
  const config = readConfig({ ...STORES, ERASURE_WEBHOOKS: JSON.stringify(webhooks), SHOP_KEY: 'a,b' });
  expect(config.erasureWebhooks).toMatchObject([{ name: 'shop', url: 'https://shop.internal/erase', serviceKey: 'a' }]);
});

test('what is sent to a backend is signed with the secret that it names, else with the one for all', () => {
  const webhooks = [
    { name: 'shop', url: 'https://shop.internal/erase', signing_secret_variable: 'SHOP_SECRET' },
    { name: 'flash', url: 'https://flash.internal/erase' },
  ];
  const secrets = { GATEWAY_SIGNING_SECRET: 'all, all-before', SHOP_SECRET: 'own,own-before' };
  const settings = { ...STORES, ...secrets, ERASURE_WEBHOOKS: JSON.stringify(webhooks) };
  expect(readConfig(settings).erasureWebhooks).toMatchObject([{ signingSecret: 'own' }, { signingSecret: 'all' }]);
  const ours = settings.ERASURE_WEBHOOKS.replace('SHOP_SECRET', 'INTERNAL_SIGNING_SECRET');
  expect(() => readConfig({ ...settings, ERASURE_WEBHOOKS: ours })).toThrow('INTERNAL_SIGNING_SECRET: is for our own');
});

describe('what cannot work is named', () => {
  test.each([
    ['ERASURE_WEBHOOKS', 'not JSON'],
    ['ERASURE_WEBHOOKS', '[{"name":"x","url":"ftp://x"}]'],
    ['ERASURE_WEBHOOKS', '[{"name":"Not A Name","url":"https://x"}]'],
    ['EXPORT_SOURCES', '[{"section":"x"}]'],
    ['EXPORT_SOURCES', '{}'],
    ['SIGNUP_CREDITS', '-1'],
    ['SIGNUP_CREDITS', 'many'],
  ])('%s=%s', (name, value) => {
    expect(() => readConfig({ ...STORES, [name]: value })).toThrow(new RegExp(`${name}`));
  });

  test('in production, a key that a backend is called with', () => {
    const secret = 'q8Zr3vX1nB7mK5tY9wL2cD6fG4hJ0sPa';
    const production = {
      ...STORES,
      NODE_ENV: 'production',
      SERVICE_API_KEY: secret,
      ADMIN_API_KEY: secret,
      INTERNAL_SIGNING_SECRET: `${secret}2`,
      GATEWAY_SIGNING_SECRET: secret,
      USERS_ENCRYPTION_KEY: `${secret}3`,
    };
    expect(() => readConfig(production)).toThrow(ConfigError);
    expect(() => readConfig(production)).toThrow(/FLASH_SERVICE_KEY: is not set/);
    expect(() => readConfig({ ...production, FLASH_SERVICE_KEY: 'short' })).toThrow(/FLASH_SERVICE_KEY: must be at/);
    expect(readConfig({ ...production, FLASH_SERVICE_KEY: secret }).exportSources[0]?.serviceKey).toBe(secret);
  });
});
