import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { composeFile, composeService, variablesIn } from './compose-file.ts';
import {
  processes,
  readByNode,
  readSettings,
  readText,
  repositoryRoot,
  settingsOf,
  splitSetting,
} from './repository.ts';

const stores = ['postgres', 'redis'];
const names = Object.keys(composeFile.services);
const containers = [...processes.map(({ name }) => name), 'migrate'];
const variables = variablesIn(readText('docker-compose.yml'));
const example = [...readSettings('.env.example')];
const secrets = example.flatMap(([name, value]) => (value === '' ? [name] : []));
/** What compose itself lays down: addresses and ports inside its networks, its own stores, and how its containers end and share the work. */
const laidDown = new Set([
  'NODE_ENV',
  'SHUTDOWN_DRAIN_MS',
  'SHUTDOWN_TIMEOUT_MS',
  'EDGE_PORT',
  'METRICS_PORT',
  'AUTH_PORT',
  'USERS_PORT',
  'CREDITS_PORT',
  'CREDITS_WORKER_PORT',
  'USAGE_PORT',
  'LLM_PORT',
  'DOWNSTREAM_PORT',
  'AUTH_URL',
  'USERS_URL',
  'USAGE_URL',
  'LLM_URL',
  'EDGE_URL',
  'CONSOLE_PORT',
  'CONSOLE_METRICS_PORT',
  'CREDITS_URL',
  'DATABASE_URL',
  'REDIS_URL',
  // The file is named by the variable and mounted.
  'ROUTES_FILE',
  'JOBS_IN_SERVICE',
]);
const isSecretName = (name: string): boolean => /SECRET|PASSWORD|PRIVATE|_KEY$/.test(name);

test('there is a service for each of our processes, the migrations and the stores', () => {
  expect(names.toSorted()).toEqual([...containers, ...stores].toSorted());
  for (const { name, app, entry } of processes) {
    const { working_dir: folder, command = ['src/main.ts'] } = composeService(name);
    expect({ folder, command }).toEqual({ folder: `/app/apps/${app}`, command: [entry] });
  }
  expect(composeService('migrate')).toMatchObject({
    working_dir: '/app/packages/migrate',
    command: ['src/cli.ts'],
    restart: 'no',
  });
});

describe.each(names)('%s', (name) => {
  const service = composeService(name);

  test('runs with no privilege, on a file system that it cannot write to', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.privileged).toBeUndefined();
    expect(service.network_mode).toBeUndefined();
    for (const volume of service.volumes ?? []) {
      if (typeof volume !== 'string') expect(volume.read_only).toBe(true);
    }
  });

  test('can have any number of containers', () => {
    expect(service.container_name).toBeUndefined();
    expect(service.hostname).toBeUndefined();
    const [mapping, ...others] = service.ports ?? [];
    expect(others).toEqual([]);
    if (mapping === undefined) return;
    // Only the edge and the console are published, each on a range of host ports of which every container takes one.
    expect(['edge-proxy', 'console']).toContain(name);
    const range = /:\$\{(?:EDGE|CONSOLE)_PORTS:-(\d+)-(\d+)\}:80(?:80|88)$/.exec(mapping);
    expect(Number(range?.[2]) - Number(range?.[1])).toBeGreaterThanOrEqual(9);
  });

  test('names the version of its image', () => {
    const [variable] = variablesIn(service.image);
    expect(variable?.fallback ?? service.image).toMatch(/^[a-z]+:\d+\.\d+/);
  });
});

describe.each(processes)('$name', ({ name: own, app }) => {
  const service = composeService(own);

  test('is given only variables that it reads', () => {
    const known = settingsOf(app);
    expect(Object.keys(service.environment ?? {}).filter((name) => !known.has(name) && !readByNode.has(name))).toEqual(
      [],
    );
  });

  test('takes every setting that it documents: by a variable of .env, or by settings.env', () => {
    expect(service.env_file).toEqual([{ path: 'settings.env', required: false }]);
    // What `environment` names wins over the file, so it must hand on what .env says.
    const given = Object.entries(service.environment ?? {});
    const fixed = given.filter(
      ([name, value]) => !laidDown.has(name) && !variablesIn(String(value)).some((use) => use.name === name),
    );
    expect(fixed.map(([name]) => name).filter((name) => settingsOf(app).has(name))).toEqual([]);
  });

  test('is restarted, is asked whether it is ready, and gets its signals and time to finish', () => {
    expect(service).toMatchObject({ restart: 'unless-stopped', init: true });
    expect(service.healthcheck?.test).toEqual([
      'CMD',
      'node',
      '/app/infra/healthcheck.ts',
      ...(own === app ? [] : [own]),
    ]);
    const graceMs = Number.parseInt(service.stop_grace_period ?? '', 10) * 1_000;
    const neededMs = ['SHUTDOWN_DRAIN_MS', 'SHUTDOWN_TIMEOUT_MS'].map((name) => Number(service.environment?.[name]));
    expect(graceMs).toBeGreaterThan(neededMs.reduce((sum, ms) => sum + ms, 0));
  });

  test('starts when what it needs is ready', () => {
    const databaseUrl = service.environment?.['DATABASE_URL'];
    const redisUrl = service.environment?.['REDIS_URL'];
    const conditions = {
      ...(databaseUrl === undefined
        ? {}
        : { migrate: { condition: 'service_completed_successfully' }, postgres: { condition: 'service_healthy' } }),
      ...(redisUrl === undefined ? {} : { redis: { condition: 'service_healthy' } }),
    };
    expect(service.depends_on).toMatchObject(conditions);
  });
});

test('the stores are reachable from our containers only', () => {
  for (const store of stores) expect(composeService(store).networks).toEqual(['stores']);
  expect(composeFile.networks['stores']).toEqual({ internal: true });
});

describe('settings', () => {
  test('no secret has a default', () => {
    expect(secrets).not.toHaveLength(0);
    for (const name of secrets) expect(variables.filter((use) => use.name === name && !use.required)).toEqual([]);
    expect(variables.filter(({ name, fallback }) => isSecretName(name) && fallback !== '')).toEqual([]);
    expect(example.filter(([name, value]) => isSecretName(name) && value !== '')).toEqual([]);
  });

  test('.env.example lists every variable of the file, and says what is used without it', () => {
    const optional = readText('.env.example')
      .split('\n')
      .flatMap((line) => (/^#[A-Z0-9_]+=/.test(line) ? [splitSetting(line.slice(1))] : []));
    const documented = [...example, ...optional].map(([name]) => name);
    expect(documented.toSorted()).toEqual([...new Set(variables.map(({ name }) => name))].toSorted());
    const fallbacks = new Map(variables.map(({ name, fallback }) => [name, fallback]));
    for (const [name, value] of optional) expect(`${name}=${value}`).toBe(`${name}=${fallbacks.get(name)}`);
  });

  test('new-env.sh makes a different value for each secret, for its owner only, and leaves an existing file alone', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-env-'));
    try {
      await mkdir(path.join(folder, 'infra'));
      for (const file of ['.env.example', 'infra/new-env.sh'])
        await copyFile(path.join(repositoryRoot, file), path.join(folder, file));
      const run = async () => await promisify(execFile)('sh', [path.join(folder, 'infra/new-env.sh')]);
      await run();
      const file = path.join(folder, '.env');
      const written = await readFile(file, 'utf8');
      const values = secrets.map((name) => new RegExp(`^${name}=([0-9a-f]{64})$`, 'm').exec(written)?.[1]);
      expect(values).not.toContain(undefined);
      expect(new Set(values).size).toBe(secrets.length);
      expect((await stat(file)).mode & 0o077).toBe(0);
      await expect(run()).rejects.toMatchObject({ code: 1, stderr: '.env exists already\n' });
      expect(await readFile(file, 'utf8')).toBe(written);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
