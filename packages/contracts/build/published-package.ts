import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

/** What the packages that are published, and are made from the contracts, have in common: ES modules with types. */

const FLAGS =
  '--ignoreConfig --declaration --rewriteRelativeImportExtensions --strict --verbatimModuleSyntax --skipLibCheck ' +
  '--target ES2022 --module NodeNext --moduleResolution NodeNext';

/**
 * Compiles the `index.ts` of a folder, and what it imports.
 *
 * @param options further options of the compiler
 * @throws with what the compiler said
 */
export async function compilePackage(folder: string, out: string, options: readonly string[]): Promise<void> {
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  const bin = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const args = [...FLAGS.split(' '), ...options, '--outDir', out, path.join(folder, 'index.ts')];
  await promisify(execFile)(process.execPath, [bin, ...args]).catch((error: unknown) => {
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Error(`The package does not compile:\n${stdout}`, { cause: error });
  });
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** The manifest to publish, with what it shares with that of the package's folder in the repository. */
export async function publishedManifest(own: string, more: Readonly<Record<string, unknown>>): Promise<string> {
  const text = await readFile(path.join(own, 'package.json'), 'utf8');
  const { name, version, description, license } = JSON.parse(text) as Manifest;
  const exports = { '.': { types: './index.d.ts', default: './index.js' } };
  const manifest = { name, version, description, license, type: 'module', sideEffects: false, exports, ...more };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
