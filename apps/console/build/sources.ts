import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('..', import.meta.url));
const REPOSITORY = path.resolve(APP, '../..');
/** Where the pages are put. */
export const OUTPUT = path.join(APP, 'dist', 'ui');
export const UI = path.join(APP, 'src', 'ui');

/** Folders and files that the pages are made of. */
const SOURCES = [
  'apps/console/src/ui',
  'apps/console/src/shared',
  'apps/console/build',
  'apps/console/package.json',
  'packages/client/src',
  'packages/contracts/src',
  'pnpm-lock.yaml',
];
const MARK = path.join(OUTPUT, '.made-of');

/** What the pages would be made of now. */
export function digestOfSources(): string {
  const digest = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => filesOf(path.join(REPOSITORY, source)))) {
    digest.update(path.relative(REPOSITORY, file));
    digest.update(readFileSync(file));
  }
  return digest.digest('hex');
}

/** Whether the pages that are there were made of that. */
export function isBuilt(digest: string): boolean {
  try {
    return readFileSync(MARK, 'utf8') === digest;
  } catch {
    return false;
  }
}

/** Written last, so that a build that was broken off is done again. */
export function noteBuilt(digest: string): void {
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(MARK, digest);
}

function filesOf(place: string): string[] {
  try {
    return readdirSync(place, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [place];
    throw error;
  }
}
