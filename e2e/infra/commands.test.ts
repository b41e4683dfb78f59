import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readText, repositoryRoot } from './repository.ts';

/** Whoever has git and Node 20 can run every command that a page shows: Node 20 reads no TypeScript, and brings no pnpm. */

const PNPM = 'npx -y pnpm@12 ';

/** Decisions tell of commands; nobody runs them from there. */
const pages = globSync('**/*.md', { cwd: repositoryRoot, exclude: ['**/node_modules', '.*/**', 'docs/adr'] });

/** Lines of shell blocks, and what stands between backticks. Settings in front of a command are no part of it. */
function commandsIn(page: string): string[] {
  const text = readText(page);
  const blocks = [...text.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.replaceAll(/^ *```[^]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].map((line) => line.trim().replace(/^(?:[A-Z_]+=\S* )+/, ''));
}

/** Arguments up to a comment. */
const words = (command: string): string[] => command.replace(/ +#.*/, '').split(' ');

function scriptsOf(folder: string): Readonly<Record<string, string>> {
  return (JSON.parse(readText(`${folder}package.json`)) as { scripts?: Record<string, string> }).scripts ?? {};
}

describe.each(pages)('%s', (page) => {
  const commands = commandsIn(page);

  test('starts no pnpm that nobody installed, and gives Node 20 no TypeScript', () => {
    expect(commands.filter((command) => /^pnpm |^(?:node|tsx|ts-node) .*\.ts\b/.test(command))).toEqual([]);
  });

  test('names scripts that are there', () => {
    for (const command of commands.filter((each) => each.startsWith(PNPM))) {
      const [first = '', ...rest] = words(command.slice(PNPM.length).replace(/^--silent /, ''));
      const folder = first === '--filter' ? folderOf(rest[0] ?? '') : '';
      const script = first === '--filter' ? rest[1] : first;
      expect({ page, script, known: Object.keys(scriptsOf(folder)) }).toMatchObject({
        known: expect.arrayContaining([script]),
      });
    }
  });
});

function folderOf(name: string): string {
  const short = name.replace('@turnpike/', '');
  const found = [`apps/${short}/`, `packages/${short}/`, `${short}/`].find((folder) =>
    existsSync(path.join(repositoryRoot, folder, 'package.json')),
  );
  if (found === undefined) throw new Error(`There is no package ${name}`);
  return found;
}

test.each([
  'apps/auth/src/cli.ts',
  'apps/auth/src/operators/command.ts',
  'apps/auth/src/tokens/keys-command.ts',
  'apps/edge-proxy/src/cli.ts',
  'packages/cli/src/cli.ts',
  'packages/migrate/src/cli.ts',
])('%s shows itself the same way', (file) => {
  expect(/Usage: (.*)/.exec(readText(file))?.[1]).toMatch(/^npx -y pnpm@12 /);
});
