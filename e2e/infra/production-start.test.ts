import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildConsole, startNodeService } from '@turnpike/local-stack/servers';
import { migratedApps, type MigratedApp } from '@turnpike/migrate';
import { createTestDatabase, createTestRedis } from '@turnpike/test-kit';
import { callerAt } from '../support/callers.ts';
import { composeService, interpolate } from './compose-file.ts';
import { processes, readSettings, repositoryRoot, type OwnProcess } from './repository.ts';

/** `.env` as an operator makes it of `.env.example`, with something in place of each empty value. */
function settingsWith(secret: () => string): Map<string, string> {
  return new Map([...readSettings('.env.example')].map(([name, value]) => [name, value === '' ? secret() : value]));
}

/** What compose passes to the process. */
function environmentOf({ name }: OwnProcess, values: ReadonlyMap<string, string>): Record<string, string> {
  const given = Object.entries(composeService(name).environment ?? {});
  return Object.fromEntries(given.map(([variable, value]) => [variable, interpolate(String(value), values)]));
}

/** Addresses of this test in place of compose's; port 0 is a free one. */
async function onThisMachine({ app }: OwnProcess, given: Readonly<Record<string, string>>) {
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

function migrated(app: string): MigratedApp {
  const found = migratedApps.find((each) => each === app);
  if (found !== undefined) return found;
  throw new Error(`${app} has a DATABASE_URL, but no database`);
}

/** Starts the process in its folder, as its container does. `listening` rejects when it ends instead. */
async function start({ app, entry }: OwnProcess, env: Readonly<Record<string, string>>) {
  if (app === 'console') await buildConsole();
  const folder = path.join(repositoryRoot, 'apps', app);
  const lines: string[] = [];
  const service = await startNodeService({
    entry: path.join(folder, entry),
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', ...env },
    cwd: folder,
    onLine: (line) => lines.push(line),
    stopTimeoutMs: 10_000,
  });
  return { ...service, lines };
}

/** Two of the secrets of processes that have none of what services know each other by: one to leave out, one to make weak. */
const SECRETS: Readonly<Record<string, readonly [missing: string, weak: string | undefined]>> = {
  'example-downstream': ['GATEWAY_SIGNING_SECRET', 'FLASH_SERVICE_KEY'],
  'credits-worker': ['DATABASE_URL', undefined],
  console: ['CONSOLE_KEY', undefined],
};

describe.each(processes)('$name with the settings of docker-compose.yml', (own) => {
  test('starts in production and is alive', async () => {
    const { env, remove } = await onThisMachine(
      own,
      environmentOf(
        own,
        settingsWith(() => randomBytes(32).toString('hex')),
      ),
    );
    expect(env).toMatchObject({ NODE_ENV: 'production' });
    const service = await start(own, env);
    try {
      const { status, data } = await callerAt(await service.listening).requestWithHeaders('/health');
      expect({ status, data }).toMatchObject({ status: 200, data: { status: 'healthy' } });
    } finally {
      await service.stop();
      await remove();
    }
  });

  test('does not start with a secret that is missing or weak, and names it', async () => {
    const [missing, weak] = SECRETS[own.name] ?? ['ADMIN_API_KEY', 'SERVICE_API_KEY'];
    const settings = settingsWith(() => 'short');
    const env = { ...environmentOf(own, settings), [missing]: '' };
    const service = await start(own, env);
    try {
      await expect(service.listening).rejects.toThrow('exit code 78');
      expect(service.lines.join('\n')).toContain(`${missing}: is not set`);
      if (weak !== undefined) expect(service.lines.join('\n')).toContain(`${weak}: must be at least 32 bytes`);
    } finally {
      await service.stop();
    }
  });
});
