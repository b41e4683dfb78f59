import type pg from 'pg';
import { isDuplicate, isForbidden } from './sql-state.ts';

/**
 * Creates the role that a service takes when it connects, unless it exists; it cannot log in, and may do what
 * migrations grant it. The migrator of another database may be creating it at the same moment, since roles belong to
 * the whole server.
 */
export async function ensureServiceRole(client: pg.Client, role: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount !== 0) return;
  const statement = `CREATE ROLE ${client.escapeIdentifier(role)} NOLOGIN`;
  try {
    await client.query(statement);
  } catch (error) {
    if (isDuplicate(error)) return;
    if (!isForbidden(error)) throw error;
    const message = `The role ${role} is missing, and the login of DATABASE_URL may not create it. Somebody who may has to run: ${statement}`;
    throw new Error(message, { cause: error });
  }
}

/**
 * Closes a database to every login but those of its service: PostgreSQL lets all of a server's logins into each
 * database, and before version 15 lets them create tables there.
 *
 * @param database a connection to the database itself @returns what the owner should do, where that is not us
 */
export async function closeToOthers(database: pg.Client, role: string): Promise<string | undefined> {
  const { rows } = await database.query<Doors>(DOORS, [role]);
  const [doors] = rows;
  if (doors === undefined) throw new Error('The database is not listed');
  const [name, us, service] = [doors.name, doors.us, role].map((each) => database.escapeIdentifier(each));
  const ours: string[] = [];
  const theirs: string[] = [];
  if (doors.open || !doors.reachable) {
    const list = doors.databaseOurs ? ours : theirs;
    // Its owner must not lock us out.
    const grantees = doors.databaseOurs ? service : `${service}, ${us}`;
    list.push(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`, `GRANT CONNECT ON DATABASE ${name} TO ${grantees}`);
  }
  if (doors.writable) {
    const list = doors.schemaOurs ? ours : theirs;
    list.push('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    if (!doors.schemaOurs) list.push(`GRANT CREATE ON SCHEMA public TO ${us}`);
  }
  for (const statement of ours) await database.query(statement);
  if (theirs.length === 0) return undefined;
  return `${doors.name} is not closed to the other logins of the server. Its owner has to run in it: ${theirs.join('; ')}`;
}

/** Who may come in. */
interface Doors {
  readonly name: string;
  /** The login in use. */
  readonly us: string;
  readonly databaseOurs: boolean;
  readonly schemaOurs: boolean;
  /** The role may connect. */
  readonly reachable: boolean;
  /** Everybody may connect, or make temporary tables. */
  readonly open: boolean;
  /** Everybody may create tables. */
  readonly writable: boolean;
}

const DOORS = `
  SELECT datname AS name, current_user AS us,
         pg_has_role(datdba, 'USAGE') AS "databaseOurs", pg_has_role(nspowner, 'USAGE') AS "schemaOurs",
         has_database_privilege($1, d.oid, 'CONNECT') AS reachable,
         has_database_privilege('public', d.oid, 'CONNECT') OR has_database_privilege('public', d.oid, 'TEMPORARY') AS open,
         has_schema_privilege('public', n.oid, 'CREATE') AS writable
    FROM pg_database d, pg_namespace n
   WHERE datname = current_database() AND nspname = 'public'`;
