import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * `pnpm --filter @turnpike/downstream-kit build [folder]` writes the package as it is published (default: `dist`): ES modules with types. What it
 * needs of the contracts goes along, so that it depends on Express alone.
 */

const own = fileURLToPath(new URL('..', import.meta.url));
const contracts = fileURLToPath(new URL('../../contracts/src', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(own, 'dist'));
/** Files of the contracts that the kit is made from. */
const SHARED = ['gateway-signature', 'headers', 'key-match'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

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
await compile();
await rm(work, { recursive: true });
await writeFile(path.join(out, 'package.json'), await manifestText());
for (const file of ['README.md', '../../LICENSE']) await cp(path.join(own, file), path.join(out, path.basename(file)));

async function compile(): Promise<void> {
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
  const flags =
    '--ignoreConfig --declaration --rewriteRelativeImportExtensions --strict --verbatimModuleSyntax --skipLibCheck ' +
    '--target ES2022 --module NodeNext --moduleResolution NodeNext --lib ES2023 --types node';
  await writeFile(path.join(work, 'package.json'), '{"type":"module"}');
  const bin = path.join(path.dirname(tsc), 'bin', 'tsc');
  const options = [...flags.split(' '), '--outDir', out, '--rootDir', work, path.join(work, 'index.ts')];
  await promisify(execFile)(process.execPath, [bin, ...options]).catch((error: unknown) => {
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Error(`The kit does not compile:\n${stdout}`, { cause: error });
  });
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
    peerDependencies: { express: '^5.0.0' },
    engines: { node: '>=20.12' },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
