import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { commentsOf, files, textOf } from './files.ts';

/** House rule: every path that a document or a comment names exists. */

const folders = new Set(files.flatMap(ancestorsOf));
const known = [...files, ...folders];
/** A path from the root, or one with a known kind of file at its end. */
const TOP = [...new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/', 1)[0]))].join('|');
const NAMED = new RegExp(
  String.raw`(?<![\w./@:<>}$\\*-])(?:(?:${TOP.replaceAll('.', String.raw`\.`)}|src|test|prisma)\/[\w./*<>{},@-]*[\w*>}]\/?|[\w./*-]*[\w*-]\.(?:ts|md|yaml|yml|sql|prisma|sh))(?![\w/])`,
  'g',
);
/** Made by a command, or by the reader. */
const MADE = [
  /^bench\/results(?:\/|$)/,
  /^\/tmp\//,
  /^my-api\//,
  /(?:^|\/)dist\//,
  /(?:^|\/)generated\//,
  /^compose\.override\.yaml$/,
  /^(?:apps\/<app>\/)?prisma\/(?:migrations|functions)\/</,
];

function ancestorsOf(file: string): string[] {
  const folder = path.dirname(file);
  return folder === '.' ? [] : [folder, ...ancestorsOf(folder)];
}

/** `{a,b}` written out. */
function alternatives(name: string): string[] {
  const group = /\{([^{}]*,[^{}]*)\}/.exec(name);
  if (group === null) return [name];
  const [whole, inside = ''] = group;
  return inside.split(',').flatMap((one) => alternatives(name.replace(whole, one)));
}

/** Whether the name is a path from the root, or the end of one; `*` and `<name>` stand for a part of one. */
function exists(name: string): boolean {
  const plain = name.replace(/^\.\//, '').replace(/\/$/, '');
  const pattern = plain
    .split(/(<[^>]*>|\*+)/)
    .map((part) =>
      /^[<*]/.test(part) ? (part === '**' ? '.*' : '[^/]*') : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join('');
  // An ADR may be named by its number alone.
  const ending = /^docs\/adr\/\d{4}$/.test(plain) ? '-.*' : '';
  const expression = new RegExp(`(?:^|/)${pattern}${ending}$`);
  return known.some((one) => expression.test(one));
}

const named = files
  .filter((file) => !/\.(?:json|patch)$|pnpm-lock\.yaml$|LICENSE/.test(file))
  .filter((file) => file !== 'e2e/repository/named-paths.test.ts');

describe.each(named.filter((file) => NAMED.test(commentsOf(file))))('%s', (file) => {
  test('names paths that exist', () => {
    // Links are a matter of their own, below.
    const names = (
      commentsOf(file)
        .replaceAll(/\]\([^)]*\)/g, '')
        .match(NAMED) ?? []
    ).flatMap(alternatives);
    expect(names.filter((name) => !MADE.some((made) => made.test(name)) && !exists(name))).toEqual([]);
  });
});

describe.each(named.filter((file) => file.endsWith('.md')))('links of %s', (file) => {
  test('lead to files and headings that exist', () => {
    const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [relative = '', anchor] = target.split('#', 2);
      const led = relative === '' ? file : path.join(path.dirname(file), relative);
      if (!known.includes(led.replace(/\/$/, ''))) return true;
      return anchor !== undefined && led.endsWith('.md') && !headingsOf(led).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

/** Headings as links name them: lower case, without punctuation, dashes for spaces. */
function headingsOf(file: string): string[] {
  const headings = textOf(file).match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
