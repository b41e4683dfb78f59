import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  SqlResultSet,
} from '@prisma/driver-adapter-utils';

/**
 * The engine opens a connection and asks for the server's version even when it only compares two schema texts. This
 * adapter answers that one question, so that drafting a migration needs no database; anything else is refused.
 */
export const schemaOnlyAdapter: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'schema-only',
  connect: async () => await Promise.resolve(connection),
  connectToShadowDb: async () => await Promise.resolve(connection),
};

const connection: SqlDriverAdapter = {
  provider: 'postgres',
  adapterName: 'schema-only',
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
  queryRaw: async ({ sql }) => (sql.includes('server_version_num') ? await Promise.resolve(serverVersion) : refuse()),
  executeRaw: refuse,
  executeScript: refuse,
  startTransaction: refuse,
  dispose: async () => await Promise.resolve(),
};

const serverVersion: SqlResultSet = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
  rows: [[true, 'PostgreSQL 18.0', 180000]],
};

function refuse(): Promise<never> {
  return Promise.reject(new Error('Comparing two schemas must not touch a database'));
}
