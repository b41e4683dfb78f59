import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { startPostgres, type OwnStore } from '../../test-kit/src/index.ts';
import { openClient } from '../src/client.ts';
import {
  databaseOf,
  migrateAllServices,
  migratedApps,
  migrateService,
  withDatabase,
  withLogin,
  type MigratedApp,
} from '../src/index.ts';
import { startPooler } from './start-pooler.ts';

/** A server as a managed service or a careful administrator gives it: nobody who works here is a superuser, and some things are made already. */

let server: OwnStore;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

afterEach(async () => {
  for (const app of migratedApps) await query(server.url, `DROP DATABASE IF EXISTS ${databaseOf(app).databaseName}`);
  const roles = migratedApps.flatMap((app) => [databaseOf(app).role, loginOf(app)]);
  for (const role of [...roles, 'migrator']) await query(server.url, `DROP ROLE IF EXISTS ${role}`);
});

async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = await openClient({ connectionString: url });
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

const loginOf = (app: MigratedApp): string => databaseOf(app).databaseName;

const serviceUrl = (app: MigratedApp, password = 'of-the-service'): string =>
  withLogin(server.url, loginOf(app), password);

/** How every service connects, by its variable. */
const serviceUrls = (password?: string): Record<string, string> =>
  Object.fromEntries(migratedApps.map((app) => [databaseOf(app).urlVariable, serviceUrl(app, password)]));

/** A login that migrates; returns its URL. */
async function makeMigrator(attributes: string): Promise<string> {
  await query(server.url, `CREATE ROLE migrator LOGIN PASSWORD 'of-the-migrator' ${attributes}`);
  return withLogin(server.url, 'migrator', 'of-the-migrator');
}

/** The roles and logins, made by a superuser, who is nobody that the migrator could speak for. */
async function makeRoles(app: MigratedApp): Promise<void> {
  const { role } = databaseOf(app);
  const login = loginOf(app);
  await query(
    server.url,
    `CREATE ROLE ${role}`,
    `CREATE ROLE ${login} LOGIN PASSWORD 'of-the-service'`,
    `GRANT ${role} TO ${login}`,
  );
}

/** What each service can do with the connection that it has. */
async function expectWalls(): Promise<void> {
  for (const app of migratedApps) {
    const { databaseName, role } = databaseOf(app);
    const own = withDatabase(serviceUrl(app), databaseName);
    const [login] = await query(
      own,
      `SET ROLE ${role}`,
      'SET ROLE NONE',
      `SELECT current_user AS name, rolsuper OR rolcreaterole OR rolcreatedb AS mighty,
              (SELECT count(*)::int FROM pg_roles r WHERE pg_has_role(u.oid, r.oid, 'MEMBER')) AS roles
         FROM pg_roles u WHERE rolname = current_user`,
    );
    expect(login).toEqual({ name: loginOf(app), mighty: false, roles: 2 });
    await expect(query(own, 'CREATE TABLE anything (id int)')).rejects.toThrow('permission denied');
    await expect(query(own, 'CREATE TEMPORARY TABLE anything (id int)')).rejects.toThrow('permission denied');
    await expect(query(own, 'SELECT FROM _prisma_migrations')).rejects.toThrow('permission denied');
    for (const other of migratedApps.filter((each) => each !== app)) {
      const foreign = withDatabase(serviceUrl(app), databaseOf(other).databaseName);
      await expect(query(foreign, 'SELECT')).rejects.toThrow('permission denied for database');
    }
  }
}

describe('a migrator that may create databases and roles', () => {
  test('makes a login for each service, which opens its own database and nothing else', async () => {
    const url = await makeMigrator('CREATEDB CREATEROLE');
    await migrateAllServices(url, serviceUrls());
    await expectWalls();
    const again = await migrateAllServices(url, serviceUrls());
    expect(again.split('\n')).toEqual(migratedApps.map((app) => `${databaseOf(app).databaseName}: up to date`));
  });

  test('gives a login the password that its URL has now', async () => {
    const url = await makeMigrator('CREATEDB CREATEROLE');
    for (const password of ['the-first', 'p%ss:/w@rd']) {
      const own = serviceUrl('users', password);
      await migrateService({ app: 'users', databaseUrl: url, serviceUrl: own });
      expect(await query(withDatabase(own, 'turnpike_users'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
    const [kept] = await query(server.url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'turnpike_users'");
    expect(kept?.['rolpassword']).toMatch(/^SCRAM-SHA-256\$4096:/);
  });
});

describe('a migrator that may create nothing but databases', () => {
  test('works with roles and logins that somebody else made', async () => {
    const url = await makeMigrator('CREATEDB');
    for (const app of migratedApps) await makeRoles(app);
    await migrateAllServices(url, serviceUrls());
    await expectWalls();
  });

  test('works with those roles when nobody names the logins', async () => {
    const url = await makeMigrator('CREATEDB');
    for (const app of migratedApps) await makeRoles(app);
    await migrateAllServices(url, {});
    await expectWalls();
  });

  test('says which statement somebody else has to run', async () => {
    const url = await makeMigrator('CREATEDB');
    const attempt = async () =>
      await migrateService({ app: 'users', databaseUrl: url, serviceUrl: serviceUrl('users') });
    await expect(attempt()).rejects.toThrow('has to run: CREATE ROLE "turnpike_users_service" NOLOGIN');
    await query(server.url, 'CREATE ROLE turnpike_users_service');
    await expect(attempt()).rejects.toThrow(/has to run: CREATE ROLE "turnpike_users" LOGIN PASSWORD '…'$/m);
    await query(server.url, "CREATE ROLE turnpike_users LOGIN PASSWORD 'of-somebody'");
    await expect(attempt()).rejects.toThrow('has to run: GRANT "turnpike_users_service" TO "turnpike_users"');
    await query(server.url, 'GRANT turnpike_users_service TO turnpike_users');
    await expect(attempt()).rejects.toThrow(/has to run: ALTER ROLE "turnpike_users" LOGIN PASSWORD '…'$/m);
    await query(server.url, "ALTER ROLE turnpike_users PASSWORD 'of-the-service'");
    expect(await attempt()).toMatch(/^turnpike_users: /);
  });
});

test('in a database that somebody else made, the owner is told to close it', async () => {
  const url = await makeMigrator('');
  await makeRoles('users');
  await makeRoles('auth');
  await query(server.url, 'CREATE DATABASE turnpike_users', 'GRANT CREATE ON DATABASE turnpike_users TO migrator');
  const asOwner = withDatabase(server.url, 'turnpike_users');
  // As every server before PostgreSQL 15 has it.
  await query(asOwner, 'GRANT CREATE ON SCHEMA public TO PUBLIC');
  const options = { app: 'users', databaseUrl: url, serviceUrl: serviceUrl('users') } as const;
  const [, advice = ''] = (await migrateService(options)).split('\n');
  expect(advice).toContain(
    'turnpike_users is not closed to the other logins of the server. Its owner has to run in it: ',
  );
  await query(asOwner, ...(advice.split(' in it: ')[1] ?? '').split('; '));
  expect(await migrateService(options)).toBe('turnpike_users: up to date');
  await expect(query(withDatabase(serviceUrl('auth'), 'turnpike_users'), 'SELECT')).rejects.toThrow(
    'permission denied for database',
  );
  await expect(query(withDatabase(serviceUrl('users'), 'turnpike_users'), 'CREATE TABLE t (id int)')).rejects.toThrow(
    'permission denied for schema',
  );
});

test.each(['refuses', 'ignores'] as const)('a pooler that %s settings is told from the server', async (treatment) => {
  const pooler = await startPooler(server.url, treatment);
  const said = await migrateService({ app: 'users', databaseUrl: pooler.url }).catch(String);
  await pooler.close();
  expect(said).toContain('DATABASE_URL leads to a pooler: ');
  expect(await query(server.url, "SELECT FROM pg_roles WHERE rolname = 'turnpike_users_service'")).toEqual([]);
  const direct = `${server.url}?options=-c%20jit%3Doff`;
  expect(await migrateService({ app: 'users', databaseUrl: direct })).toMatch(/^turnpike_users: applied /);
});

describe('a login that is none for a service is refused', () => {
  const attempt = async (url: string) =>
    await migrateService({ app: 'users', databaseUrl: server.url, serviceUrl: url });

  test('that of the migrator', async () => {
    await expect(attempt(server.url)).rejects.toThrow('USERS_DATABASE_URL names the login that migrates');
  });

  test.each(['SUPERUSER', 'CREATEROLE', 'CREATEDB', 'BYPASSRLS', 'REPLICATION'])('one with %s', async (attribute) => {
    await query(server.url, `CREATE ROLE turnpike_users LOGIN PASSWORD 'of-the-service' ${attribute}`);
    await expect(attempt(serviceUrl('users'))).rejects.toThrow(
      `USERS_DATABASE_URL names turnpike_users, which may do more than a service needs (${attribute.toLowerCase().replace('user', '')}`,
    );
  });

  test('that of another service', async () => {
    await makeRoles('auth');
    await expect(attempt(serviceUrl('auth'))).rejects.toThrow(
      'USERS_DATABASE_URL names turnpike_auth, which has the role of another service (turnpike_auth_service)',
    );
  });

  test.each([
    'postgresql://host/db',
    'postgresql://turnpike_users@host/db',
    'postgresql://turnpike_users:p%C3%A4ss@host/',
  ])('%s', async (url) => {
    await expect(attempt(url)).rejects.toThrow('USERS_DATABASE_URL must be a URL with a login and a password');
  });
});
