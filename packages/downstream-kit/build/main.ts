import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePackage, publishedManifest } from '../../contracts/build/published-package.ts';

/*
 * `pnpm --filter @turnpike/downstream-kit build [folder]` writes the package as it is published (default: `dist`): ES modules with types. What it
 * needs of the contracts goes along, so that it depends on Express alone.
 */

const own = fileURLToPath(new URL('..', import.meta.url));
const contracts = fileURLToPath(new URL('../../contracts/src', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(own, 'dist'));
/** Files of the contracts that the kit is made from. */
const SHARED = ['gateway-signature', 'headers', 'key-match'];

await rm(out, { recursive: true, force: true });
// Inside the package, where the compiler finds Express's types.
await mkdir(path.join(own, 'dist'), { recursive: true });
const work = await mkdtemp(path.join(own, 'dist', 'work-'));
await cp(path.join(own, 'src'), work, { recursive: true });
// The contracts stand beside the kit's own modules now.
for (const name of await readdir(work)) {
  const text = await readFile(path.join(work, name), 'utf8');
  await writeFile(path.join(work, name), text.replaceAll("'@turnpike/contracts'", "'./contracts/index.ts'"));
}
await mkdir(path.join(work, 'contracts'));
for (const name of SHARED) await cp(path.join(contracts, `${name}.ts`), path.join(work, 'contracts', `${name}.ts`));
await writeFile(
  path.join(work, 'contracts', 'index.ts'),
  SHARED.map((name) => `export * from './${name}.ts';\n`).join(''),
);
await compilePackage(work, out, ['--lib', 'ES2023', '--types', 'node']);
await rm(work, { recursive: true });
await writeFile(
  path.join(out, 'package.json'),
  await publishedManifest(own, { peerDependencies: { express: '^5.0.0' }, engines: { node: '>=20.12' } }),
);
for (const file of ['README.md', '../../LICENSE']) await cp(path.join(own, file), path.join(out, path.basename(file)));
