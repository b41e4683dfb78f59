import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HEADER, signGatewayRequest } from '@turnpike/contracts';

const run = promisify(execFile);
const own = fileURLToPath(new URL('..', import.meta.url));
const folderOf = (name: string): string => path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const SECRET = 'downstream-test-secret-0123456789abcdef';
const KEY = 'downstream-test-key-0123456789abcdef01';

let folder = '';
let packed: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-kit-'));
  await run(process.execPath, [path.join(own, 'build', 'main.ts'), path.join(folder, 'built')]);
  const { stdout } = await run('npm', ['pack', './built', '--json', '--silent'], { cwd: folder });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map((file) => file.path);
  // As an installation lays it out, and nothing else of the repository within reach.
  const installed = path.join(folder, 'node_modules', '@turnpike', 'downstream-kit');
  await mkdir(path.join(folder, 'node_modules', '@types'), { recursive: true });
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', path.join(folder, filename), '-C', installed, '--strip-components=1']);
  for (const name of ['express', '@types/express', '@types/node'])
    await symlink(folderOf(name), path.join(folder, 'node_modules', name));
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(folder, { recursive: true }));

/** The example of the README. */
async function example(): Promise<string> {
  const [, code] = /```js\n([\s\S]*?)```/.exec(await readFile(path.join(own, 'README.md'), 'utf8')) ?? [];
  if (code === undefined) throw new Error('the README has no example');
  return code;
}

test('holds modules, types, its licence and its page, and names no package of the repository', async () => {
  expect(packed.filter((name) => !/\.(?:js|d\.ts)$/.test(name)).toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'package.json',
  ]);
  for (const name of packed.filter((each) => /\.(?:js|d\.ts)$/.test(each))) {
    const text = await readFile(path.join(folder, 'built', name), 'utf8');
    const imported = [...text.matchAll(/(?:from|import)\s*\(?['"]([^'".][^'"]*)['"]/g)].map((match) => match[1]);
    expect(imported.filter((each) => !['express', 'node:crypto', 'node:http'].includes(String(each)))).toEqual([]);
  }
});

test('the example of the README believes the gateway and nobody else', async () => {
  await writeFile(
    path.join(folder, 'backend.js'),
    `${await example()}\nconst server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));\n`,
  );
  const env = { PATH: process.env['PATH'], SERVICE_API_KEY: KEY, GATEWAY_SIGNING_SECRET: SECRET };
  const backend = spawn(process.execPath, ['backend.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = `http://127.0.0.1:${await firstLine(backend)}/api/v1/things`;
    const parts = { method: 'GET', path: '/api/v1/things', userId: 'ada', timestamp: Math.floor(Date.now() / 1_000) };
    const headers = {
      [HEADER.serviceKey]: KEY,
      [HEADER.userId]: parts.userId,
      [HEADER.gatewayTimestamp]: String(parts.timestamp),
      [HEADER.gatewaySignature]: signGatewayRequest(SECRET, parts),
    };
    expect(await (await fetch(url, { headers })).json()).toEqual({ owner: 'ada' });
    expect((await fetch(url, { headers: { ...headers, [HEADER.userId]: 'eve' } })).status).toBe(403);
    expect((await fetch(url)).status).toBe(422);
  } finally {
    backend.kill();
    await new Promise((resolve) => backend.once('close', resolve));
  }
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('exit', () => reject(new Error('the backend ended')));
  });
}

test('is typed', async () => {
  await writeFile(path.join(folder, 'right.ts'), await example());
  await writeFile(
    path.join(folder, 'wrong.ts'),
    `import { requireServiceKey, userId } from '@turnpike/downstream-kit';\nrequireServiceKey(5);\nexport const user: number = userId({} as never);\n`,
  );
  const flags = '--ignoreConfig --noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node';
  const compile = (file: string): Promise<string> =>
    run(process.execPath, [path.join(folderOf('typescript'), 'bin', 'tsc'), ...flags.split(' '), file], {
      cwd: folder,
    }).then(
      () => '',
      (error: unknown) => (error as { readonly stdout: string }).stdout,
    );
  expect(await compile('right.ts')).toBe('');
  expect((await compile('wrong.ts')).match(/wrong\.ts\((\d+),/g)).toEqual(['wrong.ts(2,', 'wrong.ts(3,']);
});
