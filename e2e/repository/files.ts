import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../infra/repository.ts';

/** Folders that hold nothing written by hand, and what a run leaves behind. */
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.turbo',
  '.data',
  'dist',
  'generated',
  'coverage',
  'results',
  'my-api',
]);

/** Every file of the repository, by its path from the root. */
export const files: readonly string[] = walk('');

function walk(folder: string): string[] {
  return readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(name);
      return entry.isFile() ? [name] : [];
    })
    .toSorted();
}

/** The text of a file. */
export function textOf(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), 'utf8');
}

const QUOTED = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|` + '`(?:\\\\.|[^`\\\\])*`';
const COMMENTS: Readonly<Record<string, RegExp>> = {
  ts: new RegExp(String.raw`${QUOTED}|\/\/[^\n]*|\/\*[\s\S]*?\*\/`, 'g'),
  sql: /--[^\n]*/g,
  prisma: /\/\/[^\n]*/g,
};
const HASH_COMMENT = /(?:^|\s)#[^\n]*/g;

/** The comments of a source file; of prose, all of it. */
export function commentsOf(file: string): string {
  const text = textOf(file);
  if (file.endsWith('.md')) return text;
  const kind = /\.(?:ts|js|cjs)$/.test(file) ? 'ts' : path.extname(file).slice(1);
  const found = text.match(COMMENTS[kind] ?? HASH_COMMENT) ?? [];
  return found.filter((part) => !/^['"`]/.test(part)).join('\n');
}
