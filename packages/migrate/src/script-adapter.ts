import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/**
 * Prisma's PostgreSQL adapter, except that a script is sent as it stands. The original cuts it at every semicolon, also
 * inside of a function's body. Sent whole, PostgreSQL runs it as one transaction: a migration happens or it does not.
 */
export function scriptAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const original = new PrismaPg(pool);
  return {
    provider: 'postgres',
    adapterName: original.adapterName,
    connect: async () => {
      const adapter = await original.connect();
      adapter.executeScript = async (script) => {
        try {
          await pool.query(script);
        } catch (error) {
          throw withLine(error, script);
        }
      };
      return adapter;
    },
    connectToShadowDb: async () => await original.connectToShadowDb(),
  };
}

/** PostgreSQL counts characters; people count lines. */
function withLine(error: unknown, script: string): unknown {
  if (!(error instanceof pg.DatabaseError) || error.position === undefined) return error;
  const line = script.slice(0, Number(error.position)).split('\n').length;
  return new Error(`${error.message} (line ${line})`, { cause: error });
}
