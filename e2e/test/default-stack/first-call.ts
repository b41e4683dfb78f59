import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultStack } from '../../support/default-stack.ts';
import { blocksOf, commandsFor, hasPython, isShown, Shell } from '../../support/page.ts';
import type { TempStack } from '../../support/temp-stack.ts';

/** The page for callers, block by block: nothing of it is changed but the stack's addresses. */

const TIMEOUT_MS = 900_000;
let folder = '';
let temp: TempStack;
let shell: Shell;

beforeAll(async () => {
  temp = defaultStack();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-first-call-'));
  shell = new Shell(folder, { PATH: `${await commandsFor(folder)}:${process.env['PATH'] ?? ''}` });
}, TIMEOUT_MS);
afterAll(async () => {
  await shell.close();
  await rm(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

const blocks = blocksOf('docs/first-call.md');
const python = blocks.findIndex(({ language }) => language === 'python');

test('Python stands last, so that the rest can be run without it', () => {
  expect(blocks.slice(python).map(({ language }) => language)).toEqual(['python', 'sh', 'text']);
});

test('every block does what the page says', async () => {
  const { edge_url: edge, mail_ui_url: mail } = temp.stack.info;
  let output = '';
  for (const { language, file, text } of hasPython() ? blocks : blocks.slice(0, python)) {
    const lines = text.replaceAll('http://127.0.0.1:8080', edge).replaceAll('http://127.0.0.1:8025', mail);
    if (file !== undefined) await writeFile(path.join(folder, file), lines);
    else if (language === 'sh') output = await shell.run(lines);
    else if (!isShown(output, lines)) expect(output).toBe(lines);
  }
});
