import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { createTestDatabase, runProgram, startPostgres } from '../../test-kit/src/index.ts';
import { withClient } from '../src/client.ts';
import { migrateService, withDatabase } from '../src/index.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runProgram(cli, args, env);

describe('migrating', () => {
  test('from many places at once, roles of the whole server included, is done once', async () => {
    const server = await startPostgres();
    // Every app, twice, on a server that has neither the databases nor the roles yet.
    const apps = ['auth', 'users', 'credits', 'example-downstream'] as const;
    const said = await Promise.all([...apps, ...apps].map((app) => migrateService({ app, databaseUrl: server.url })));
    expect(said.filter((line) => line.includes(': applied '))).toHaveLength(apps.length);
    expect(said.filter((line) => line.endsWith(': up to date'))).toHaveLength(apps.length);

    const { rows } = await withClient({ connectionString: withDatabase(server.url, 'turnpike_credits') }, (client) =>
      client.query("SELECT rolcanlogin FROM pg_roles WHERE rolname LIKE 'turnpike\\_%\\_service'"),
    );
    expect(rows).toHaveLength(apps.length);
    expect(rows).not.toContainEqual({ rolcanlogin: true });
    await server.dispose();
  });

  test('refuses a database of before the baseline in one sentence, and leaves it as it is', async () => {
    const { name, url, query, drop } = await createTestDatabase('users');
    const earlier = '20260101000000_users';
    await query('UPDATE _prisma_migrations SET migration_name = $1', [earlier]);
    const env = { DATABASE_URL: url, DATABASE_NAME: name };
    expect(await run(['users'], env)).toMatchObject({
      code: 3,
      stderr: `The database ${name} was made by an earlier version, which this one cannot carry over: drop it, or name another server in DATABASE_URL.\n`,
    });
    const { rows } = await withClient({ connectionString: url }, (client) =>
      client.query('SELECT DISTINCT migration_name FROM _prisma_migrations'),
    );
    expect(rows).toEqual([{ migration_name: earlier }]);
    await drop();
  });

  test('of a database that a later release has migrated leaves the functions of that one, and says so', async () => {
    const { name, url, query, drop } = await createTestDatabase('users');
    await query('UPDATE _turnpike_functions SET digest = $1', ['of the later release']);
    const env = { DATABASE_URL: url, DATABASE_NAME: name };
    await query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('later', '', '29991231000000_later', now())`,
    );
    expect(await run(['users'], env)).toMatchObject({
      code: 0,
      stdout: `${name}: up to date\n  A later release has been here (29991231000000_later): its functions are left as they are.\n`,
    });
    await query(`DELETE FROM _prisma_migrations WHERE id = 'later'`);
    expect((await run(['users'], env)).stdout).toBe(`${name}: applied functions\n`);
    await drop();
  });

  test.each([
    { args: ['auth'], env: {}, message: 'DATABASE_URL is not set' },
    { args: ['payments'], env: { DATABASE_URL: 'postgresql://127.0.0.1/x' }, message: '"payments" has no database' },
    {
      args: [],
      env: { DATABASE_URL: 'postgresql://127.0.0.1/x', DATABASE_NAME: 'one' },
      message: 'DATABASE_NAME needs exactly one app',
    },
  ])('$message', async ({ args, env, message }) => {
    const { code, stderr } = await run(args, env);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe('draft', () => {
  test('prints the SQL between two schemas, several files each, without a database', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), `turnpike-draft-${randomBytes(3).toString('hex')}-`));
    const [before, after] = [path.join(folder, 'before'), path.join(folder, 'after')];
    const base = 'datasource db {\n  provider = "postgresql"\n}\n';
    const user = (fields: string): string => `model User {\n  id String @id @db.Uuid\n${fields}}\n`;
    for (const [schema, fields] of [
      [before, ''],
      [after, '  email String?\n'],
    ] as const) {
      await mkdir(schema);
      await writeFile(path.join(schema, 'schema.prisma'), base);
      await writeFile(path.join(schema, 'user.prisma'), user(fields));
    }
    expect((await run(['draft', before, after])).stdout).toContain('ALTER TABLE "User" ADD COLUMN     "email" TEXT;');
    expect((await run(['draft', 'empty', after])).stdout).toContain('CREATE TABLE "User"');
    await rm(folder, { recursive: true });
  });
});
