import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SchemaContainer } from '@prisma/schema-engine-wasm';
import { diffSchemas } from './engine.ts';

/**
 * The SQL that leads from one Prisma schema to another, as a first draft of a migration. Functions, roles, checks and
 * partial indexes are unknown to Prisma and are added by hand.
 *
 * @param from schema file or folder of `.prisma` files; `empty` for a new database
 * @param to schema file or folder of `.prisma` files
 */
export async function draftMigration(from: string, to: string): Promise<string> {
  return await diffSchemas(from === 'empty' ? [] : await readSchema(from), await readSchema(to));
}

async function readSchema(location: string): Promise<SchemaContainer[]> {
  const paths = (await stat(location)).isDirectory() ? await schemaFilesIn(location) : [location];
  if (paths.length === 0) throw new Error(`No .prisma file in ${location}`);
  return await Promise.all(paths.map(async (file) => ({ path: file, content: await readFile(file, 'utf8') })));
}

async function schemaFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith('.prisma'))
    .sort()
    .map((entry) => path.join(folder, entry));
}
