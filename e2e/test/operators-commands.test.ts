import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProgram, waitFor } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import { signInAs } from '../support/callers.ts';
import type { StandInGoogle } from '../support/google.ts';
import { startTempStack, type TempStack } from '../support/temp-stack.ts';
import { runGuides, tiersOfPage } from './operators-commands/guides.ts';
import { publicSettings, runPublicGuides } from './operators-commands/public-guides.ts';

/** The commands of operators on a stack that runs: what they say, their exit codes, and what stays in the audit trail. */

const TIMEOUT_MS = 900_000;
const CLI = path.join(repositoryRoot, 'packages/cli/src/cli.ts');
const ROUTES = path.join(repositoryRoot, 'apps/edge-proxy/routes.yaml');
const METERED = '/api/v1/timepoints/generate/sync';

let temp: TempStack;
let google: StandInGoogle;
let following: ChildProcess | undefined;
beforeAll(async () => {
  const { env, google: standIn } = await publicSettings();
  google = standIn;
  temp = await startTempStack({ RATE_LIMIT_TIERS: tiersOfPage(), ...env });
}, TIMEOUT_MS);
afterAll(async () => {
  following?.kill('SIGKILL');
  await temp.dispose();
  await google.close();
}, TIMEOUT_MS);

const turnpike = (...args: string[]) => runProgram(CLI, args, { DATA_DIR: temp.stack.dataDir });
const operator = () => temp.visitor.as({ adminKey: temp.stack.info.admin_api_key });
const trail = async (action: string) =>
  (await operator().call('auth.listAudit', { query: { action, limit: 10 } })) as unknown;

test(
  'tail shows what was there, then what comes, by what it is asked for, until Ctrl-C',
  async () => {
    const user = await signInAs(temp.visitor, temp.stack.info.admin_api_key, 'ada@example.com');
    const call = () => user.request(METERED, { method: 'POST', json: { query: 'x' } });
    await call();
    await waitFor(
      async () =>
        (await operator().call('usage.adminListRequests', { query: { route: 'timepoints.generate-sync' } })).items
          .length === 1,
    );
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', CLI, 'tail', '--route', 'timepoints.generate-sync', '--json'],
      {
        env: { PATH: process.env['PATH'], DATA_DIR: temp.stack.dataDir },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    following = child;
    const closed = once(child, 'close');
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const lines = () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await waitFor(() => lines().length === 1);
    await call();
    // Of another route, so that it is not shown.
    await user.request('/api/v1/users/me/timepoints');
    await waitFor(() => lines().length === 2);
    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
    expect(lines()).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({ route: 'timepoints.generate-sync', status: 200, charged: '5' }),
      ),
    );
    expect(new Set(lines().map(({ id }) => id)).size).toBe(2);
  },
  TIMEOUT_MS,
);

test('tail names what is wrong with its options', async () => {
  expect(await turnpike('tail', '--last', '1000')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--last'),
  });
  expect(await turnpike('tail', '--status', 'bad', '--last', '1')).toMatchObject({ code: 1 });
  expect(await turnpike('tail', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Ctrl-C') });
});

test('routes diff tells what a file would change, and its faults by line', async () => {
  expect(await turnpike('routes', 'diff', ROUTES)).toEqual({
    code: 0,
    stdout: 'The gateway has this file.\n',
    stderr: '',
  });
  const file = path.join(temp.stack.dataDir, 'routes.yaml');
  const text = await readFile(ROUTES, 'utf8');
  await writeFile(file, `${text}# a comment\n`);
  expect(await turnpike('routes', 'diff', file)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('the text of the file is another'),
  });
  const route =
    '\n  - { id: added.here, path: /api/v1/added, methods: [GET], upstream: flash, auth: public, charge: none, limit: tier, scope: none }\n';
  await writeFile(
    file,
    text
      .replace('id: billing.read\n', 'id: billing.look\n')
      .replace('charge: { operation: chat }', 'charge: { operation: talk }') + route,
  );
  const { code, stdout } = await turnpike('routes', 'diff', file, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    added: [{ id: 'billing.look' }, { id: 'added.here' }],
    removed: [{ id: 'billing.read' }],
    changed: [{ id: 'interactions.chat', before: { operation: 'chat' }, after: { operation: 'talk' } }],
    same_text: false,
  });
  expect((await turnpike('routes', 'diff', file)).stdout).toMatch(/^\+ billing\.look {2}GET,HEAD .* → billing$/m);
  await writeFile(file, 'version: 2\n');
  expect(await turnpike('routes', 'diff', file)).toMatchObject({
    code: 65,
    stderr: expect.stringContaining('routes.yaml:1'),
  });
  expect((await turnpike('routes', 'diff')).code).toBe(64);
});

test('secrets are rotated and sealed anew with a reason, which the audit trail keeps', async () => {
  expect(await turnpike('secrets', 'rotate')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--reason is missing'),
  });
  const rotated = await turnpike('secrets', 'rotate', '--urgent', '--reason', 'a drill', '--by', 'ada', '--json');
  expect(rotated).toMatchObject({ code: 0, stderr: '' });
  const { kid } = JSON.parse(rotated.stdout) as { kid: string };
  const { signing_keys: keys } = await operator().call('platform.adminListSecrets');
  expect(keys.map((key) => key.kid)).toContain(kid);
  expect(JSON.stringify(await trail('signing_key.rotate'))).toContain('a drill');
  const resealed = await turnpike('secrets', 'reseal', '--reason', 'a drill');
  expect(resealed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Sealed \d+ values anew\.\n$/) });
  expect(await turnpike('secrets', 'revoke', 'nothing', '--reason', 'x')).toMatchObject({
    code: 1,
    stderr: 'There is no signing key nothing.\n',
  });
  expect(await turnpike('secrets', 'rotate', '--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('keys reseal'),
  });
});

test(
  'ledger verify tells what it found, and a broken book by its exit code',
  async () => {
    const good = await turnpike('ledger', 'verify', '--reason', 'a drill', '--json');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect((JSON.parse(good.stdout) as unknown[]).length).toBeGreaterThan(5);
  },
  TIMEOUT_MS,
);

runGuides(() => temp);
runPublicGuides({ stack: () => temp, google: () => google });
