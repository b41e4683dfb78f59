import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { firstPartyEndpoints } from '@turnpike/contracts';
import { buildOpenApi } from '@turnpike/contracts/openapi';
import { OPERATIONS } from '../src/operations.ts';
import { emitOperations, type Document } from './emit-operations.ts';

/*
 * `pnpm --filter @turnpike/client build [folder]` writes the package as it is published (default: `dist`): ES modules for Node 20 and newer and
 * for browsers, with types, and without a dependency. The operations are written out, since the contracts stay here.
 */

const own = fileURLToPath(new URL('..', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(own, 'dist'));
const work = path.join(out, '.work');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

await rm(out, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await cp(path.join(own, 'src'), work, { recursive: true });
await writeFile(path.join(work, 'operations.ts'), await operationsText());
await compile();
await rm(work, { recursive: true });
await writeFile(path.join(out, 'package.json'), await manifestText());
await cp(path.join(own, 'README.md'), path.join(out, 'README.md'));
await cp(path.join(own, '..', '..', 'LICENSE'), path.join(out, 'LICENSE'));

async function operationsText(): Promise<string> {
  const source = await readFile(path.join(own, 'src', 'operations.ts'), 'utf8');
  const callOptions = /\/\*\*[^/]*\*\/\nexport interface CallOptions \{[\s\S]*?\n\}/.exec(source)?.[0];
  if (callOptions === undefined) throw new Error('src/operations.ts no longer declares CallOptions');
  const document = buildOpenApi({ endpoints: firstPartyEndpoints, version: '0' }) as unknown as Document;
  return emitOperations(document, OPERATIONS, callOptions);
}

async function compile(): Promise<void> {
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
  const flags =
    '--ignoreConfig --declaration --rewriteRelativeImportExtensions --strict --verbatimModuleSyntax --skipLibCheck ' +
    '--target ES2022 --module NodeNext --moduleResolution NodeNext --lib ES2023,DOM,DOM.AsyncIterable';
  const options = [...flags.split(' '), '--types', '', '--outDir', out, '--rootDir', work];
  await writeFile(path.join(work, 'package.json'), '{"type":"module"}');
  const bin = path.join(path.dirname(tsc), 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [bin, ...options, path.join(work, 'index.ts')]).catch(
    (error: unknown) => {
      const { stdout = '' } = error as { readonly stdout?: string };
      throw new Error(`The client does not compile:\n${stdout}`, { cause: error });
    },
  );
}

async function manifestText(): Promise<string> {
  const { name, version, description, license } = JSON.parse(
    await readFile(path.join(own, 'package.json'), 'utf8'),
  ) as Manifest;
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    engines: { node: '>=20' },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
