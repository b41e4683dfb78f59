import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/**
 * Prisma's PostgreSQL adapter, except that a script is sent whole, and so as one transaction. The original cuts it at
 * every semicolon, also inside a function's body.
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
          throw asDriverError(error, script);
        }
      };
      return adapter;
    },
    connectToShadowDb: async () => await original.connectToShadowDb(),
  };
}

/**
 * The shape in which the engine shows a failure of PostgreSQL; of any other it would only say that there was one.
 * PostgreSQL counts characters, people count lines.
 */
function asDriverError(error: unknown, script: string): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const line = error.position === undefined ? undefined : script.slice(0, Number(error.position)).split('\n').length;
  return new DriverAdapterError({
    kind: 'postgres',
    code: error.code ?? 'XX000',
    severity: error.severity ?? 'ERROR',
    message: line === undefined ? error.message : `${error.message} (line ${line})`,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  });
}
