import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { composeService } from './compose-file.ts';
import { apps, pins, processes, readText, readYaml, repositoryRoot } from './repository.ts';

const dockerfile = readText('infra/Dockerfile');
const allowed = readText('.dockerignore')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

/** The folders of our packages that an app needs in production, its own included. */
function foldersFor(folder: string, found = new Set<string>()): Set<string> {
  if (found.has(folder)) return found;
  found.add(folder);
  const { dependencies = {} } = JSON.parse(readText(`${folder}/package.json`)) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith('@turnpike/')) foldersFor(`packages/${name.slice('@turnpike/'.length)}`, found);
  }
  return found;
}

const needed = new Set(
  [...apps.map((app) => `apps/${app}`), 'packages/migrate', 'packages/cli'].flatMap((folder) => [
    ...foldersFor(folder),
  ]),
);

describe('the recipe', () => {
  test('uses the Node and the pnpm that package.json pins', () => {
    const node = pins.devDependencies['node'];
    expect(dockerfile).toMatch(new RegExp(`^ARG NODE_IMAGE=node:${node}-[a-z]+-slim$`, 'm'));
    expect(dockerfile).toContain(`npm install --global --no-fund --no-audit ${pins.packageManager}`);
    expect(dockerfile).not.toMatch(/:latest|@latest/);
  });

  test('brings the manifest of every app and of each of our packages that they need, and nothing of the others', () => {
    const copied = [...dockerfile.matchAll(/^COPY ((?:apps|packages)\/\S+)\/package\.json \1\/$/gm)].map(
      ([, folder = '']) => folder,
    );
    expect(copied.toSorted()).toEqual([...needed].toSorted());
    const admitted = allowed.filter((entry) => entry.startsWith('packages/'));
    expect(admitted.toSorted()).toEqual([...needed].filter((folder) => folder.startsWith('packages/')).toSorted());
  });

  test('brings what an install with this lockfile reads', () => {
    const [, copied = ''] = /^COPY (package\.json .*) \.\/$/m.exec(dockerfile) ?? [];
    const { pnpmfileChecksum, patchedDependencies } = readYaml('pnpm-lock.yaml') as Record<string, unknown>;
    // pnpm refuses a lockfile that was made with hooks which it does not find.
    expect([typeof pnpmfileChecksum, typeof patchedDependencies]).toEqual(['string', 'object']);
    expect(copied.split(' ')).toEqual(['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.mjs']);
    expect(dockerfile).toMatch(/^COPY patches patches$/m);
    for (const file of [...copied.split(' '), 'patches']) expect(allowed).toContain(file);
  });

  test('installs what they need to run, and leaves out what only authors read', () => {
    const installed = [...dockerfile.matchAll(/--filter-prod '(\S+)\.\.\.'/g)].map(([, filter]) => filter);
    expect(installed).toEqual(['{apps/*}', '@turnpike/migrate', '@turnpike/cli']);
    for (const ending of ['map', 'd.ts', 'd.mts', 'd.cts']) expect(dockerfile).toContain(`-name '*.${ending}'`);
  });

  test('sends nothing to the builder but what is named', () => {
    const first = readText('.dockerignore')
      .split('\n')
      .find((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(allowed).not.toContain('.');
    for (const secret of ['**/.env', '**/.env.*', '**/.data'])
      expect(readText('.dockerignore').split('\n')).toContain(secret);
  });

  test('runs without root, with Node as process 1', () => {
    const stage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(stage).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(stage).toMatch(/^ENTRYPOINT \["node"\]$/m);
    expect(stage).toMatch(/^CMD \["src\/main\.ts"\]$/m);
    expect(stage).toMatch(/^ {4}CMD \["node", "\/app\/infra\/healthcheck\.ts"\]$/m);
    expect(stage).toMatch(/NODE_ENV=production/);
  });

  test('builds the release that everything else names', () => {
    expect(dockerfile).toMatch(new RegExp(`^ARG VERSION=${pins.version}$`, 'm'));
    expect(composeService('migrate').image).toContain(`:-turnpike:${pins.version}}`);
    const { images } = readYaml('infra/k8s/common/kustomization.yaml') as {
      images: { name: string; newTag: string }[];
    };
    expect(images).toEqual([{ name: 'turnpike', newName: 'turnpike', newTag: pins.version }]);
  });
});

describe('the health check', () => {
  const script = path.join(repositoryRoot, 'infra/healthcheck.ts');

  interface Outcome {
    code: unknown;
    output: string;
  }

  /** What the script says of a service that answers: where a busy machine did not answer within the script's own limit, it is run again. */
  async function check(...asked: Parameters<typeof checkOnce>): Promise<Outcome> {
    for (;;) {
      const outcome = await checkOnce(...asked);
      if (!outcome.output.includes('TimeoutError')) return outcome;
    }
  }

  async function checkOnce(app: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
    const cwd = path.join(repositoryRoot, 'apps', app);
    return await new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], { cwd, env }, (error, output) =>
        resolve({ code: error?.code ?? 0, output }),
      );
    });
  }

  async function withServer<T>(status: number, use: (port: number) => Promise<T>): Promise<T> {
    const server: Server = createServer((request, response) => response.writeHead(status).end(request.url));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await use((server.address() as AddressInfo).port);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('passes when the service is ready, fails when it is not, and says why', async () => {
    const asked = async (port: number) => await check('auth', { AUTH_PORT: String(port) });
    expect(await withServer(200, asked)).toEqual({ code: 0, output: '200 /health/ready\n' });
    expect(await withServer(503, asked)).toEqual({ code: 1, output: '503 /health/ready\n' });
    const worker = async (port: number) =>
      await check('credits', { CREDITS_WORKER_PORT: String(port) }, 'credits-worker');
    expect(await withServer(200, worker)).toEqual({ code: 0, output: '200 /health/ready\n' });
    const closedPort = await withServer(200, async (port) => await Promise.resolve(port));
    expect(await asked(closedPort)).toEqual({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
  });

  test.each(processes)('knows the port of $name', ({ name, app }) => {
    const entry = new RegExp(`^ {2}'?${name}'?: \\['([A-Z_]+_PORT)', (\\d+)\\],$`, 'm').exec(
      readText('infra/healthcheck.ts'),
    );
    const [, variable, port] = entry ?? [];
    expect(readText(`apps/${app}/src/config.ts`).replace(/\s+\./g, '.')).toContain(`${variable}: env.port(${port})`);
    expect(dockerfile).toMatch(new RegExp(`^EXPOSE .*\\b${port}\\b`, 'm'));
  });
});
