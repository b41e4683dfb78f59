import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { operationsOnly } from './operations-only.ts';
import { OUTPUT, UI } from './sources.ts';

const COMPRESSED = /\.(?:css|html|js|svg)$/;

/** Builds the pages into `dist/ui`, each file also as gzip and brotli beside it, since Express compresses nothing. */
export async function buildPages(): Promise<void> {
  await build({
    configFile: false,
    root: UI,
    base: '/',
    logLevel: 'warn',
    plugins: [operationsOnly(), react(), tailwind()],
    build: {
      outDir: OUTPUT,
      emptyOutDir: true,
      // An inlined file would be a `data:` address, which the content policy does not let pass as a font.
      assetsInlineLimit: 0,
      target: 'es2023',
      // These know `light-dark()`, by which the pages follow the system.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      reportCompressedSize: false,
      chunkSizeWarningLimit: 600,
    },
  });
  const files = readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' }).filter((name) => COMPRESSED.test(name));
  await Promise.all(files.map((name) => compress(path.join(OUTPUT, name))));
}

async function compress(file: string): Promise<void> {
  const text = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  const [zipped, br] = await Promise.all([
    promisify(gzip)(text, { level: 9 }),
    promisify(brotliCompress)(text, { params }),
  ]);
  writeFileSync(`${file}.gz`, zipped);
  writeFileSync(`${file}.br`, br);
}
