import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { json, startScriptedServer, type ScriptedServer } from './scripted-server.ts';

const run = promisify(execFile);
const own = fileURLToPath(new URL('..', import.meta.url));
const typescript = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

let folder = '';
let server: ScriptedServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-client-'));
  const scope = path.join(folder, 'node_modules', '@turnpike');
  await mkdir(scope, { recursive: true });
  await run(process.execPath, [path.join(own, 'build', 'main.ts'), path.join(folder, 'built')]);
  // As an installation lays it out, and nothing of the repository within reach.
  await cp(path.join(folder, 'built'), path.join(scope, 'client'), { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  server = await startScriptedServer();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test('imports nothing but itself, and nothing of Node', async () => {
  for (const file of await readdir(path.join(folder, 'built'))) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const text = await readFile(path.join(folder, 'built', file), 'utf8');
    const imported = [...text.matchAll(/(?:from\s+|import\s*\(?)['"]([^'"]+)['"]/g)].map((match) => match[1]);
    expect(imported.filter((name) => !name?.startsWith('./'))).toEqual([]);
  }
});

test('carries its licence and its manual', async () => {
  const [licence, repository] = await Promise.all(
    [path.join(folder, 'built', 'LICENSE'), path.join(own, '..', '..', 'LICENSE')].map((file) =>
      readFile(file, 'utf8'),
    ),
  );
  expect(licence).toBe(repository);
  expect(await readFile(path.join(folder, 'built', 'README.md'), 'utf8')).toContain('# @turnpike/client');
});

test('runs as plain JavaScript', async () => {
  server.script(json(200, { balance: 45, lifetime_earned: 50, lifetime_spent: 5 }));
  const program = `import { Turnpike } from '@turnpike/client';
    const client = new Turnpike({ baseUrl: ${JSON.stringify(server.url)}, credentials: { apiKey: 'sk_1' } });
    console.log((await client.call('credits.getBalance')).balance);`;
  await writeFile(path.join(folder, 'program.js'), program);
  expect((await run(process.execPath, [path.join(folder, 'program.js')])).stdout.trim()).toBe('45');
});

test('is typed: what fits the contract compiles, and what does not is refused', async () => {
  const program = `import { Turnpike, InsufficientCreditsError } from '@turnpike/client';
const client = new Turnpike({ baseUrl: 'https://api.example.com', credentials: { accessToken: 'a', refreshToken: 'r' } });
export const balance: number = (await client.call('credits.getBalance')).balance;
const made = await client.call('account.createApiKey', { headers: { 'x-project-id': 'p' }, body: { name: 'ci' } });
export const secret: string | null = made.full_key;
for await (const session of client.pages('auth.listSessions', { query: { limit: 50 } })) console.log(session.device?.length);
export const isPoor = (error: unknown): boolean => error instanceof InsufficientCreditsError && (error.cost ?? 0) > 5;
`;
  const wrong = `import { Turnpike } from '@turnpike/client';
const client = new Turnpike({ baseUrl: 'https://api.example.com' });
await client.call('credits.getBalances');
await client.call('auth.refresh');
await client.call('credits.adminGrant', { body: { user_id: 'u', amount: '100' } });
`;
  await writeFile(path.join(folder, 'right.ts'), program);
  await writeFile(path.join(folder, 'wrong.ts'), wrong);
  await symlink(typescript, path.join(folder, 'typescript'));
  const compile = (file: string): Promise<string> =>
    run(
      process.execPath,
      [
        path.join(folder, 'typescript', 'bin', 'tsc'),
        '--ignoreConfig --noEmit --strict --target es2022 --module nodenext --lib es2023,dom --types'.split(' '),
        '',
        path.join(folder, file),
      ].flat(),
      { cwd: folder },
    ).then(
      () => '',
      (error: unknown) => (error as { readonly stdout: string }).stdout,
    );
  expect(await compile('right.ts')).toBe('');
  const refused = (await compile('wrong.ts')).match(/wrong\.ts\((\d+),/g);
  expect(refused).toEqual(['wrong.ts(3,', 'wrong.ts(4,', 'wrong.ts(5,']);
});
