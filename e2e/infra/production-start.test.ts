import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createTestDatabase, createTestRedis, startApp } from '@turnpike/test-kit';
import { composeService, interpolate } from './compose-file.ts';
import { apps, readSettings, repositoryRoot } from './repository.ts';

/** `.env` as an operator makes it of `.env.example`, with something in place of each empty value. */
function settingsWith(secret: () => string): Map<string, string> {
  return new Map([...readSettings('.env.example')].map(([name, value]) => [name, value === '' ? secret() : value]));
}

/** What compose gives the service. */
function environmentOf(app: string, values: ReadonlyMap<string, string>): Record<string, string> {
  const given = Object.entries(composeService(app).environment ?? {});
  return Object.fromEntries(given.map(([name, value]) => [name, interpolate(String(value), values)]));
}

/** Addresses of this test in place of compose's, and the variables that make the service listen on a free port. */
async function onThisMachine(app: string, given: Readonly<Record<string, string>>) {
  const database = 'DATABASE_URL' in given ? await createTestDatabase(migrated(app)) : undefined;
  const redis = 'REDIS_URL' in given ? await createTestRedis() : undefined;
  const ports = Object.keys(given).filter((name) => name.endsWith('_PORT'));
  return {
    env: {
      ...given,
      ...Object.fromEntries(ports.map((name) => [name, '0'])),
      ...database?.env,
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ...('ROUTES_FILE' in given ? { ROUTES_FILE: `${repositoryRoot}/apps/edge-proxy/routes.yaml` } : {}),
    },
    remove: async () => await database?.drop(),
  };
}

function migrated(app: string): 'auth' | 'users' | 'credits' | 'example-downstream' {
  if (app === 'auth' || app === 'users' || app === 'credits' || app === 'example-downstream') return app;
  throw new Error(`${app} has a DATABASE_URL, but no database`);
}

describe.each(apps)('%s with the settings of docker-compose.yml', (app) => {
  test('starts in production and is alive', async () => {
    const { env, remove } = await onThisMachine(app, environmentOf(app, settingsWith(() => randomBytes(32).toString('hex'))));
    expect(env).toMatchObject({ NODE_ENV: 'production' });
    const service = await startApp(app, env);
    try {
      const response = await fetch(`${service.url}/health`);
      expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { status: 'healthy' } });
    } finally {
      await service.stop();
      await remove();
    }
  });

  test('does not start with a secret that is missing or weak, and names it', async () => {
    const env = environmentOf(app, settingsWith(() => 'short'));
    const named = ['ADMIN_API_KEY', 'SERVICE_API_KEY', 'GATEWAY_SIGNING_SECRET'];
    const message = await startApp(app, { ...env, ADMIN_API_KEY: '' }).then(
      async (service) => {
        await service.stop();
        return 'it started';
      },
      (error: unknown) => String(error),
    );
    for (const name of named) expect(message).toContain(`${name}: `);
    expect(message).not.toContain('it started');
  });
});
