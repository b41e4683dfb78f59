import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
// Prisma's own engine as WebAssembly. The CLI would download a native one from a host that not every machine can reach.
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { MigrationDirectory, SchemaContainer } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { schemaOnlyAdapter } from './schema-only-adapter.ts';
import { scriptAdapter } from './script-adapter.ts';

const noFilters = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations of a folder that the database has not seen, and records them in `_prisma_migrations` the way
 * `prisma migrate deploy` does.
 *
 * @returns the names of the migrations applied by this call
 */
export async function applyMigrations(databaseUrl: string, folder: string): Promise<string[]> {
  const migrationDirectories = await readMigrations(folder);
  const pool = new pg.Pool({ connectionString: databaseUrl });
  // A session that is lost while idle, or while it closes, is an error of the pool; the statement that needs it fails by itself.
  pool.on('error', () => undefined);
  try {
    return await withEngine(scriptAdapter(pool), async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: {
          baseDir: folder,
          lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
          shadowDbInitScript: '',
          migrationDirectories,
        },
        filters: noFilters,
      });
      return appliedMigrationNames;
    });
  } finally {
    await pool.end();
  }
}

/** The SQL that turns a database of schema `from` into one of schema `to`. An empty `from` means an empty database. */
export async function diffSchemas(from: readonly SchemaContainer[], to: readonly SchemaContainer[]): Promise<string> {
  return await withEngine(schemaOnlyAdapter, async (engine) => {
    const { stdout } = await engine.diff({
      from: from.length === 0 ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: [...from] },
      to: { tag: 'schemaDatamodel', files: [...to] },
      script: true,
      exitCode: null,
      filters: noFilters,
    });
    return stdout ?? '';
  });
}

/** Migrations apply in the order of their names, which begin with a 14-digit timestamp. */
async function readMigrations(folder: string): Promise<MigrationDirectory[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(path.join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
}

async function withEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const bound = bindMigrationAwareSqlAdapterFactory(adapter);
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, bound);
  try {
    return await use(engine);
  } finally {
    engine.free();
  }
}
