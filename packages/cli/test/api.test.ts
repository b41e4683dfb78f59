import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { proxiedPaths } from '@turnpike/contracts/openapi';
import { runProgram } from '@turnpike/test-kit';
import { documentOfRelease, operationsOf } from '../src/operation/document.ts';
import { fieldsOf } from '../src/operation/fields.ts';
import { OPTIONS } from '../src/operation/help.ts';

/** `turnpike api`: what is sent for what was typed, to a server that serves the document of this release with a route of a routes file. */

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const ID = '01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57';
const ADMIN_API_KEY = 'api-test-admin-key-0123456789abcdef01234';

const { paths, ...rest } = documentOfRelease();
const own = proxiedPaths([
  {
    id: 'files.put',
    path: '/api/v1/files/**',
    methods: ['PUT'],
    access: 'user',
    apiKeys: true,
    scope: undefined,
    operation: undefined,
    bodyBytesMax: 1_000,
    webSocket: false,
  },
]);

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let seen: Seen[] = [];
let answer = { status: 200, type: 'application/json', body: '{}' };
let servesDocument = true;
let gateway: Server;
let url = '';
let folder = '';
beforeAll(async () => {
  gateway = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url === '/openapi.json') {
        response.writeHead(servesDocument ? 200 : 404, { 'content-type': 'application/json' });
        response.end(servesDocument ? JSON.stringify({ ...rest, paths: { ...paths, ...own } }) : '{}');
        return;
      }
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': answer.type, 'x-request-id': 'r-1' }).end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-api-'));
});
afterAll(async () => {
  gateway.closeAllConnections();
  gateway.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  seen = [];
  answer = { status: 200, type: 'application/json', body: '{}' };
  servesDocument = true;
});

const environment = () => ({ DATA_DIR: '/nowhere', TURNPIKE_URL: url, ADMIN_API_KEY, INIT_CWD: folder });
const api = (...args: string[]) => runProgram(CLI, ['api', ...args], environment());
const as = (credentials: Record<string, string>, ...args: string[]) =>
  runProgram(CLI, ['api', ...args], { DATA_DIR: '/nowhere', TURNPIKE_URL: url, ...credentials });

test('every operation takes its fields by names that are its own, and no option of the command', () => {
  const document = documentOfRelease();
  const operations = [...operationsOf(document).values()];
  expect(operations.length).toBeGreaterThan(150);
  const twice = operations.flatMap((operation) => {
    const names = [
      ...fieldsOf(operation, document).map(({ name }) => name.replaceAll('_', '-')),
      ...Object.keys(OPTIONS),
    ];
    return names
      .filter((name, place) => names.indexOf(name) !== place)
      .map((name) => `${operation.operationId} ${name}`);
  });
  expect(twice).toEqual([]);
});

test('path, query, header and body get what was typed, as the types that the document tells', async () => {
  answer.body = '{"plan_id":"enterprise","periods":12}';
  const invoice = [
    'platform.adminSetSubscription',
    '--id',
    ID,
    '--plan-id',
    'enterprise',
    '--periods',
    '12',
    '--reference',
    '17',
  ];
  const sent = await api(...invoice);
  expect(sent).toEqual({ code: 0, stderr: '', stdout: 'plan_id  enterprise\nperiods  12\n' });
  expect(seen).toMatchObject([
    {
      method: 'PUT',
      url: `/platform/api/admin/tenants/${ID}/subscription`,
      headers: { 'x-admin-key': ADMIN_API_KEY, 'content-type': 'application/json' },
    },
  ]);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ plan_id: 'enterprise', periods: 12, reference: '17' });
  // Null ends a subscription; to a text it would be a word.
  await api('platform.adminSetSubscription', '--id', ID, '--plan_id', 'null', '--reason', 'null');
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ plan_id: null, reason: 'null' });
  await api('credits.adminListEntries', '--user_id', ID, '--limit', '5');
  expect(seen[2]?.url).toBe(`/platform/api/admin/account/entries?user_id=${ID}&limit=5`);
  // A union of types: what JSON says, where the document takes that.
  await api('platform.adminSetConfig', '--key', 'members.max', '--value', '20', '--if-match', '"3"');
  expect(seen[3]).toMatchObject({ url: '/platform/api/admin/configs/members.max', headers: { 'if-match': '"3"' } });
  const value = async (...texts: string[]): Promise<unknown> => {
    const given = texts.flatMap((text) => ['--value', text]);
    await api('platform.adminSetConfig', '--key', 'security.sign_in_methods', ...given);
    return (JSON.parse(seen.at(-1)?.body ?? '') as { value: unknown }).value;
  };
  expect(JSON.parse(seen[3]?.body ?? '')).toEqual({ value: 20 });
  expect(await value('google')).toBe('google');
  expect(await value('true')).toBe(true);
  expect(await value('["google"]')).toEqual(['google']);
  expect(await value('google', 'email')).toEqual(['google', 'email']);
});

test('a body is given whole, from a file or the standard input, and members beside it win', async () => {
  const grant = ['credits.adminGrant', '--user_id', ID];
  await writeFile(
    path.join(folder, 'grant.json'),
    JSON.stringify({ user_id: 'x', amount: 5, source: 'promo', ref: 'a' }),
  );
  expect((await api(...grant, '--body', '@grant.json')).stderr).toBe('');
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ user_id: ID, amount: 5, source: 'promo', ref: 'a' });
  // It honours the key, so that it has one.
  expect(seen[0]?.headers['idempotency-key']).toMatch(/^[\w-]{36}$/);
  await api(...grant, '--body', '{"amount":5}', '--idempotency-key', 'once');
  expect(seen[1]?.headers['idempotency-key']).toBe('once');
  for (const body of ['{', '@nothing.json', '[1]'])
    expect([body, await api(...grant, '--body', body)]).toEqual([
      body,
      expect.objectContaining({ code: 64, stdout: '' }),
    ]);
  expect(await api('credits.getBalance', '--body', '{}')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('no body'),
  });
  expect(seen).toHaveLength(2);
});

test('what is wrong with the words is told before anything is sent', async () => {
  const set = ['platform.adminSetSubscription', '--id', ID];
  for (const [args, says] of [
    [['platform.adminSubscription'], 'no operation platform.adminSubscription.'],
    [['x.setSubscription'], 'Alike: platform.adminSetSubscription'],
    [set, '--plan_id is missing'],
    [[...set, '--plan_id', 'pro', '--periods', 'many'], '--periods: a whole number, not many'],
    [[...set, '--plan_id', 'pro', '--periods', '9007199254740993'], 'too large'],
    [[...set, '--plan_id', 'pro', '--provider', 'apple'], '--provider: one of manual, not apple'],
    [[...set, '--plan_id', 'a', '--plan-id', 'b'], '--plan_id is given more than once'],
    [[...set, '--plan', 'pro'], "Unknown option '--plan'"],
    [['platform.adminSetConfig', '--key', '..', '--value', '1'], 'cannot stand in a path'],
    [['files.put', '--rest', 'a/../../admin'], 'cannot stand in a path'],
    [['credits.getBalance', '--query', 'x'], 'NAME=VALUE'],
    [[], 'An operation is missing'],
    // Internal operations take a service's key.
    [['auth.reportAudit'], 'no operation auth.reportAudit'],
  ] as const)
    expect([args, await api(...args)]).toEqual([args, { code: 64, stdout: '', stderr: expect.stringContaining(says) }]);
  expect(seen).toEqual([]);
});

test('goes with the credential that the operation takes, and says which when there is none', async () => {
  const calls = [
    [{ TURNPIKE_ACCESS_TOKEN: 'token' }, 'auth.listSessions', { authorization: 'Bearer token' }],
    [{ TURNPIKE_API_KEY: 'key' }, 'credits.getBalance', { 'x-api-key': 'key' }],
    [{ ADMIN_API_KEY, TURNPIKE_ACCESS_TOKEN: 'token' }, 'platform.adminOverview', { 'x-admin-key': ADMIN_API_KEY }],
    [{ TURNPIKE_ACCESS_TOKEN: 'token' }, 'platform.adminOverview', { authorization: 'Bearer token' }],
  ] as const;
  for (const [credentials, id, headers] of calls) {
    expect([id, (await as(credentials, id)).code]).toEqual([id, 0]);
    expect(seen.at(-1)?.headers).toMatchObject(headers);
  }
  // Nobody's secret goes where it is not needed.
  await as({ ADMIN_API_KEY, TURNPIKE_ACCESS_TOKEN: 'token' }, 'auth.jwks');
  expect(seen.at(-1)?.headers).not.toHaveProperty('authorization');
  expect(seen.at(-1)?.headers).not.toHaveProperty('x-admin-key');
  expect(await as({ ADMIN_API_KEY }, 'credits.getBalance')).toMatchObject({
    code: 78,
    stderr:
      "credits.getBalance takes a session's access token (TURNPIKE_ACCESS_TOKEN), or an API key (TURNPIKE_API_KEY).\n",
  });
});

test('answers are written as they are, refusals with their fields, and exit codes are those of the house', async () => {
  answer.body = '{"success":true,"data":{"name":"Ada"}}';
  expect((await as({ TURNPIKE_ACCESS_TOKEN: 't' }, 'account.getUser')).stdout).toBe('name  Ada\n');
  expect((await as({ TURNPIKE_ACCESS_TOKEN: 't' }, 'account.getUser', '--json')).stdout).toContain('"success": true');
  answer = { status: 200, type: 'text/event-stream', body: 'data: 1\n\n' };
  expect(
    (await as({ TURNPIKE_API_KEY: 'k' }, 'files.put', '--rest', 'a b/c', '--body', 'text', '--query', 'x=1')).stdout,
  ).toBe('data: 1\n\n');
  expect(seen.at(-1)).toMatchObject({
    url: '/api/v1/files/a%20b/c?x=1',
    body: 'text',
    headers: { 'content-type': 'application/octet-stream' },
  });
  const errors = [{ path: 'query.limit', message: 'at most 100' }];
  for (const [status, code] of [
    [422, 1],
    [403, 1],
    [503, 69],
    [429, 75],
  ] as const) {
    answer = { status, type: 'application/json', body: JSON.stringify({ code: 'some.code', detail: 'No.', errors }) };
    // A POST, which is not sent again.
    const { stderr, ...others } = await api('credits.adminVerifyLedger', '--reason', 'x');
    if (status === 429) continue;
    expect(others).toEqual({ code, stdout: '' });
    expect(stderr).toBe(`${status} some.code: No. (request r-1)\n  query.limit: at most 100\n`);
  }
});

test('shows what it would send, what an operation takes, and which there are; without a served document by that of the release', async () => {
  const dry = await api('platform.adminSetConfig', '--key', 'members.max', '--value', '20', '--dry-run');
  expect(JSON.parse(dry.stdout)).toMatchObject({
    method: 'PUT',
    path: '/platform/api/admin/configs/members.max',
    body: { value: 20 },
  });
  expect(dry.stdout).not.toContain(ADMIN_API_KEY);
  expect(seen).toEqual([]);
  const help = await api('platform.adminSetSubscription', '--help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^ {2}--plan_id +text or null; required/m);
  expect(help.stdout).toMatch(/^ {2}--periods +a whole number; Periods of the plan that it pays\.$/m);
  expect((await api('--list', 'FILES')).stdout).toMatch(/^files\.put +PUT \/api\/v1\/files\/\*\*$/m);
  servesDocument = false;
  const list = (await api('--list')).stdout;
  expect([list.includes('files.put'), list.includes('credits.getBalance')]).toEqual([false, true]);
  expect(await runProgram(CLI, ['api', '--help'], { DATA_DIR: '/nowhere' })).toMatchObject({ code: 0 });
  expect((await runProgram(CLI, ['api', 'x'], { DATA_DIR: '/nowhere' })).code).toBe(69);
});

test('bash completes commands, operations, their fields and the values of those', async () => {
  const { stdout: script } = await runProgram(CLI, ['completion', 'bash'], {});
  const complete = async (...words: string[]): Promise<string[]> => {
    const lines = `${script}\nCOMP_WORDS=(turnpike "$@")\nCOMP_CWORD=$#\n_turnpike\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', lines, 'bash', ...words], {
      env: { PATH: process.env['PATH'], ...environment() },
    });
    return stdout.split('\n').filter(Boolean);
  };
  expect(await complete('ap')).toEqual(['api']);
  expect(await complete('ledger', '')).toEqual(['show', 'verify']);
  expect(await complete('api', 'files.')).toEqual(['files.put']);
  const set = ['api', 'platform.adminSetSubscription'];
  expect(await complete(...set, '--p')).toEqual(['--plan_id', '--provider', '--periods']);
  expect(await complete(...set, '--provider', '')).toEqual(['manual']);
  expect(await complete('api', 'nothing', '--')).toEqual([]);
});
