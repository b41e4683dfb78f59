import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type { Plugin } from 'rolldown';
import { LIVES_SHORTLY } from '../short-lived.ts';

/** Modules of Node's older kind know their place by these two. */
const PLACES = /\b__(?:dirname|filename)\b/g;

/** Each module keeps the place that it has in the tree, for it finds its files from there. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  transform: {
    filter: { code: { include: ['import.meta.url', '__dirname', '__filename'] } },
    handler(code, id) {
      const placed = code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
      if (!id.endsWith('js')) return placed;
      return placed.replace(PLACES, (name) => JSON.stringify(name === '__dirname' ? dirname(id) : id));
    },
  },
};

/** Prisma's engine stays a module of its own: it is half of the text, and is read only once a statement is sent. */
const leaveEngines: Plugin = {
  name: 'leave-engines',
  resolveId: {
    filter: { id: /wasm-base64/ },
    async handler(source, importer) {
      const found = await this.resolve(source, importer, { skipSelf: true });
      return found && { id: pathToFileURL(found.id).href, external: true };
    },
  },
};

/**
 * Writes a program and all that it imports as one file: `node write-bundle.ts <entry> <file>`. The file appears whole or not at all, whoever else
 * writes it at the same time.
 */
const [entry, file] = process.argv.slice(2);
if (entry === undefined || file === undefined) throw new Error('usage: write-bundle.ts <entry> <file>');
const bundle = await rolldown({ input: entry, platform: 'node', plugins: [keepPlaces, leaveEngines] });
const own = `${file}.${process.pid}`;
await bundle.write({ file: own, format: 'esm', codeSplitting: false, comments: false, banner: LIVES_SHORTLY });
await rename(own, file);
