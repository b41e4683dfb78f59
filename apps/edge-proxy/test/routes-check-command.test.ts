import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram } from '@turnpike/test-kit';

const app = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-routes-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** Runs the command in the folder of the test, with nothing in its environment but `environment`. */
const routes = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  runProgram(path.join(app, 'src/cli.ts'), ['routes', ...args], { INIT_CWD: folder, ...environment });

async function written(text: string): Promise<string> {
  await writeFile(path.join(folder, 'routes.yaml'), text);
  return 'routes.yaml';
}

const good = await readFile(path.join(app, 'routes.yaml'), 'utf8');

describe('routes check', () => {
  test('a good file is ok, with the variables that it needs', async () => {
    const { code, stdout, stderr } = await routes(['check', await written(good)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^routes\.yaml: ok, \d+ routes to flash, clockchain, billing\nVariables it names: FLASH_URL, /,
    );
  });

  test('every fault has its line and its route', async () => {
    const text = good
      .replace('    upstream: clockchain\n', '    upstream: clockwork\n')
      .replace('auth: required', 'auth: yes');
    const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
    const { code, stderr } = await routes(['check', await written(text)]);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^routes\\.yaml:${lineOf('auth: yes')}: route timepoints\\.generate: auth: `)),
      `routes.yaml:${lineOf('clockwork')}: route clockchain.stats: upstream: there is no upstream clockwork`,
    ]);
  });

  test('a path of the gateway’s own is told of', async () => {
    const text = good.replace('path: /api/v1/temporal/*\n', 'path: /api/v1/credits/balance\n');
    expect((await routes(['check', await written(text)])).stderr).toMatch(
      /route temporal\.read: path: GET \/api\/v1\/credits\/balance is route credits\.\w+ already/,
    );
    const health = good.replace('path: /api/v1/temporal/*\n', 'path: /health\n');
    expect((await routes(['check', await written(health)])).stderr).toContain('is route of the edge itself already');
  });

  test('what the variables hold is judged where it is asked for', async () => {
    const file = await written(good);
    const missing = await routes(['check', '--with-environment', file], { NODE_ENV: 'production' });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('upstreams.flash.serviceKey: FLASH_SERVICE_KEY is not set');
    const set = await routes(['check', '--with-environment', file], { GATEWAY_SIGNING_SECRET: 'secret' });
    expect(set).toMatchObject({ code: 0, stderr: '' });
  });

  test('a file that is not there is a fault, and a command that is none shows the usage', async () => {
    expect(await routes(['check', 'nowhere.yaml'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nowhere/),
    });
    for (const args of [[], ['check'], ['chekc', 'routes.yaml']]) {
      expect(await routes(args)).toMatchObject({ code: 64, stderr: expect.stringMatching(/^Usage: npx -y pnpm@12 /) });
    }
  });
});
