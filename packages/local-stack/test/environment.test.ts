import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readStackConfig } from '../src/config.ts';
import { loadSecrets, type Secrets } from '../src/secrets.ts';
import { serviceDatabaseUrls, serviceEnvironment } from '../src/services/environment.ts';
import { consoleService, serviceRows } from '../src/services/services.ts';
import { withTempFolder } from './temp-folder.ts';

/** What somebody has in the shell that starts the stack. */
const FROM_OUTSIDE = {
  PATH: '/bin',
  LOG_LEVEL: 'debug',
  ADMIN_API_KEY: 'operators-own,and-the-one-before',
  APPLE_PRIVATE_KEY: 'of-apple',
  STRIPE_SECRET_KEY: 'of-stripe',
  STRIPE_WEBHOOK_SECRET: 'of-stripes-events',
  SHOP_SERVICE_KEY: 'of-a-backend-in-a-routes-file',
  AWS_SECRET_ACCESS_KEY: 'of-something-else',
  SHOP_URL: 'http://shop',
};

const SERVER = 'postgresql://superuser:of-the-superuser@127.0.0.1:5432/postgres?sslmode=require';

let secrets: Secrets;
const environments = new Map<string, NodeJS.ProcessEnv>();

beforeAll(async () => {
  await withTempFolder(async (folder) => {
    secrets = await loadSecrets(`${folder}/secrets.json`, FROM_OUTSIDE);
  });
  const config = readStackConfig(FROM_OUTSIDE);
  const settled = {
    ports: config.ports,
    secrets,
    databaseUrls: serviceDatabaseUrls(SERVER, secrets),
    redisUrl: 'redis://turnpike:of-the-services@127.0.0.1:6379',
    smtpUrl: 'smtp://127.0.0.1:25',
  };
  for (const service of [...serviceRows.flat(), consoleService])
    environments.set(service.name, serviceEnvironment(service, config, settled));
});

/** Those of the secrets that the service's environment holds, anywhere in any value. */
function held(name: string, values: Readonly<Record<string, string>>): string[] {
  const text = JSON.stringify(environments.get(name));
  return Object.keys(values).filter((secret) => text.includes(JSON.stringify(values[secret]).slice(1, -1)));
}

describe('a service holds its own secrets and nobody else’s', () => {
  const trust = ['ADMIN_API_KEY', 'INTERNAL_SIGNING_SECRET', 'SERVICE_API_KEY'];
  const backends = ['BILLING_SERVICE_KEY', 'CLOCKCHAIN_SERVICE_KEY', 'FLASH_SERVICE_KEY', 'GATEWAY_SIGNING_SECRET'];

  test.each([
    ['auth', [...trust, 'AUTH_ENCRYPTION_KEY', 'JWT_SECRET_KEY']],
    ['users', [...trust, ...backends, 'USERS_ENCRYPTION_KEY']],
    ['credits', trust],
    ['example-downstream', backends],
    ['edge-proxy', [...trust, ...backends, 'JWT_SECRET_KEY', 'CONSOLE_KEY']],
    ['console', ['CONSOLE_KEY']],
  ])('%s', (name, own) => {
    expect(held(name, secrets).toSorted()).toEqual(own.toSorted());
  });

  test.each([
    ['auth', ['APPLE_PRIVATE_KEY']],
    ['credits', ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']],
    ['example-downstream', []],
    ['users', ['SHOP_SERVICE_KEY', 'AWS_SECRET_ACCESS_KEY']],
    ['edge-proxy', ['SHOP_SERVICE_KEY', 'AWS_SECRET_ACCESS_KEY']],
  ])('of those in the shell, %s holds %j', (name, own) => {
    const { APPLE_PRIVATE_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, SHOP_SERVICE_KEY, AWS_SECRET_ACCESS_KEY } =
      FROM_OUTSIDE;
    const outside = {
      APPLE_PRIVATE_KEY,
      STRIPE_SECRET_KEY,
      STRIPE_WEBHOOK_SECRET,
      SHOP_SERVICE_KEY,
      AWS_SECRET_ACCESS_KEY,
    };
    expect(held(name, outside)).toEqual(own);
    expect(environments.get(name)).toMatchObject({ LOG_LEVEL: 'debug', SHOP_URL: 'http://shop' });
  });

  test('and connects with its own login, or not at all', () => {
    const login = (name: string): string | undefined => environments.get(name)?.['DATABASE_URL'];
    const passwords = ['auth', 'users', 'credits', 'example'].map((app) => {
      const url = new URL(login(app === 'example' ? 'example-downstream' : app) ?? '');
      expect(url.href).toBe(`postgresql://turnpike_${app}:${url.password}@127.0.0.1:5432/postgres?sslmode=require`);
      return url.password;
    });
    expect(new Set(passwords).size).toBe(4);
    expect(login('edge-proxy')).toBeUndefined();
    expect(environments.get('example-downstream')?.['REDIS_URL']).toBeUndefined();
    for (const name of environments.keys()) expect(held(name, { superuser: 'of-the-superuser' })).toEqual([]);
  });

  test('and a second stack on the same server connects with the same logins', async () => {
    await withTempFolder(async (folder) => {
      const others = await loadSecrets(`${folder}/secrets.json`, {});
      expect(serviceDatabaseUrls(SERVER, others)).toEqual(serviceDatabaseUrls(SERVER, secrets));
      const open = SERVER.replace(':of-the-superuser', '');
      expect(serviceDatabaseUrls(open, others)).not.toEqual(serviceDatabaseUrls(open, secrets));
    });
  });

  test('but the example can check the keys of those who call it directly', () => {
    const digest = (key: string): string => `sha256:${createHash('sha256').update(key).digest('hex')}`;
    expect(environments.get('example-downstream')).toMatchObject({
      ADMIN_API_KEY: `${digest('operators-own')},${digest('and-the-one-before')}`,
      SERVICE_API_KEY: digest(secrets.SERVICE_API_KEY),
    });
  });
});
