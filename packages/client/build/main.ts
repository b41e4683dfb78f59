import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstPartyEndpoints } from '@turnpike/contracts';
import { buildOpenApi } from '@turnpike/contracts/openapi';
import { compilePackage, publishedManifest } from '../../contracts/build/published-package.ts';
import { OPERATIONS } from '../src/operations.ts';
import { emitOperations, type Document } from './emit-operations.ts';

/*
 * `pnpm --filter @turnpike/client build [folder]` writes the package as it is published (default: `dist`): ES modules for Node 20 and newer and
 * for browsers, with types, and without a dependency. The operations are written out, since the contracts stay here.
 */

const own = fileURLToPath(new URL('..', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(own, 'dist'));
const work = path.join(out, '.work');

await rm(out, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await cp(path.join(own, 'src'), work, { recursive: true });
await writeFile(path.join(work, 'operations.ts'), await operationsText());
// For Node and for browsers: no types of either's own beyond what both have.
await compilePackage(work, out, ['--lib', 'ES2023,DOM,DOM.AsyncIterable', '--types', '', '--rootDir', work]);
await rm(work, { recursive: true });
await writeFile(path.join(out, 'package.json'), await publishedManifest(own, { engines: { node: '>=20' } }));
await cp(path.join(own, 'README.md'), path.join(out, 'README.md'));
await cp(path.join(own, '..', '..', 'LICENSE'), path.join(out, 'LICENSE'));

async function operationsText(): Promise<string> {
  const source = await readFile(path.join(own, 'src', 'operations.ts'), 'utf8');
  const callOptions = /\/\*\*[^/]*\*\/\nexport interface CallOptions \{[\s\S]*?\n\}/.exec(source)?.[0];
  if (callOptions === undefined) throw new Error('src/operations.ts no longer declares CallOptions');
  const document = buildOpenApi({ endpoints: firstPartyEndpoints, version: '0' }) as unknown as Document;
  return emitOperations(document, OPERATIONS, callOptions);
}
