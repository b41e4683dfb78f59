import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultStack } from '../../support/default-stack.ts';
import { makeKey, signInByMail } from '../../support/developer.ts';
import type { TempStack } from '../../support/temp-stack.ts';

const START_TIMEOUT_MS = 900_000;
const packageFolder = fileURLToPath(new URL('../../../packages/client', import.meta.url));

let temp: TempStack;
let folder = '';
let key = '';
beforeAll(async () => {
  temp = defaultStack();
  const developer = await signInByMail(temp.visitor, temp.stack.info.mail_ui_url, 'reader@example.com');
  key = (await makeKey(developer, { scopes: ['credits:read', 'timepoints:read', 'timepoints:write'] })).text;
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-examples-'));
  await mkdir(path.join(folder, 'node_modules', '@turnpike'), { recursive: true });
  await symlink(packageFolder, path.join(folder, 'node_modules', '@turnpike', 'client'));
}, START_TIMEOUT_MS);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
}, START_TIMEOUT_MS);

const readme = readFileSync(path.join(packageFolder, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^\*\*(\d)\. [^]*?^```js\n([^]*?)^```/gm)].map(([, number, code]) => ({
  number,
  code,
}));

const shows: Readonly<Record<string, RegExp>> = {
  1: /^\d+ credits, \d+ requests left\n$/,
  2: /^5 true true\n$/,
  3: /^free\n$/,
  4: /signup_bonus 50\n$/,
  5: /^\w+ \{/m,
};

test('there are five', () => expect(examples.map(({ number }) => number)).toEqual(['1', '2', '3', '4', '5']));

test.each(examples)("example $number of the client's README runs as it stands", async ({ number = '', code = '' }) => {
  const file = path.join(folder, `example-${number}.mjs`);
  await writeFile(file, code);
  const env = { PATH: process.env['PATH'], TURNPIKE_URL: temp.stack.info.edge_url, API_KEY: key };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env });
  expect(stderr).toBe('');
  expect(stdout).toMatch(shows[number] ?? /^$/);
});
