import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository, with a slash at its end. */
export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The text of a file, named from the root of the repository. */
export function readText(file: string): string {
  return readFileSync(`${repositoryRoot}${file}`, 'utf8');
}
