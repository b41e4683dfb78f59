import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, runProgram, type TestDatabase } from '@turnpike/test-kit';

/** The command finds the stack and hands on what the service's own command says. */

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase('auth');
  dataDir = await mkdtemp(path.join(tmpdir(), 'turnpike-cli-'));
});
afterAll(async () => {
  await rm(dataDir, { recursive: true });
  await database.drop();
});

const turnpike = (env: Readonly<Record<string, string>>, ...args: string[]) => runProgram(CLI, args, env);

test('works on the stack that runs with DATA_DIR, and hands on what its service says and its exit code', async () => {
  const { DATABASE_NAME } = database.env;
  // As the stack writes it: the server, with every right.
  const stack = { database_url: database.url };
  await writeFile(path.join(dataDir, 'stack.json'), JSON.stringify(stack));
  const env = { DATA_DIR: dataDir, DATABASE_NAME };
  expect(await turnpike(env, 'operators', 'list', '--json')).toEqual({ stdout: '[]\n', stderr: '', code: 0 });
  const refused = await turnpike(env, 'operators', 'grant', 'nobody@example.com', '--role', 'admin');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('nobody@example.com')]);
  expect((await turnpike(env, 'operators', 'grant')).code).toBe(64);
});

test('works on the server that DATABASE_URL names', async () => {
  const { code, stdout } = await turnpike({ ...database.env, DATA_DIR: '/nowhere' }, 'operators', 'list');
  expect([code, stdout]).toEqual([0, 'Nobody is an operator.\n']);
});

test('says that no stack is running', async () => {
  const { code, stderr } = await turnpike({ DATA_DIR: '/nowhere' }, 'operators', 'list');
  expect([code, stderr]).toEqual([69, expect.stringContaining('No stack is running (/nowhere/stack.json)')]);
});

test('--help is no mistake and needs no stack; an unknown subject is one', async () => {
  const nowhere = { DATA_DIR: '/nowhere' };
  expect(await turnpike(nowhere, '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('operators') });
  expect(await turnpike(nowhere, 'operators', '--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('operators grant'),
  });
  for (const args of [[], ['organisations']])
    expect(await turnpike(nowhere, ...args)).toMatchObject({ code: 64, stderr: expect.stringContaining('Usage: ') });
});

test('every help tells of its exit codes, and a mistake in a command is 64', async () => {
  const nowhere = { DATA_DIR: '/nowhere' };
  const said = await Promise.all(
    [
      '',
      'doctor',
      'tail',
      'routes diff',
      'routes check',
      'users find',
      'operators',
      'secrets rotate',
      'usage copy',
    ].map(async (name) => {
      const { code, stdout } = await turnpike(nowhere, ...name.split(' ').filter(Boolean), '--help');
      return [name, code, /^Exit codes: 0 /m.test(stdout)];
    }),
  );
  expect(said).toEqual(said.map(([name]) => [name, 0, true]));
  for (const args of [
    ['doctor', '--loud'],
    ['tail', '--last', 'ten'],
    ['users', 'find', '--loud'],
    ['routes', 'diff'],
  ])
    expect([args, (await turnpike(nowhere, ...args)).code]).toEqual([args, 64]);
});

test('a gateway that refuses is 1, one whose services are down is 69, and too many calls are 75', async () => {
  let status = 0;
  const gateway = createServer((_request, response) => response.writeHead(status, { 'retry-after': '120' }).end());
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const TURNPIKE_URL = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  for (const [answered, expected] of [
    [403, 1],
    [404, 1],
    [503, 69],
    [429, 75],
  ] as const) {
    status = answered;
    const { code } = await turnpike({ DATA_DIR: '/nowhere', TURNPIKE_URL, ADMIN_API_KEY: 'of-operators' }, 'overview');
    expect([answered, code]).toEqual([answered, expected]);
  }
  await new Promise((resolve) => gateway.close(resolve).closeAllConnections());
});

test('a database that cannot be reached is 69', async () => {
  const env = { ...database.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/postgres', DATA_DIR: '/nowhere' };
  expect((await turnpike(env, 'operators', 'list')).code).toBe(69);
});
