import type pg from 'pg';
import { withClient } from './client.ts';
import { withLogin } from './database-url.ts';
import { passwordVerifier } from './password-verifier.ts';
import { isDuplicate, isForbidden, isLoginRefused } from './sql-state.ts';

/** The login of one service. */
export interface ServiceLogin {
  /** The variable that named it, for messages. */
  readonly variable: string;
  /** As the service will connect. Of it only name and password are used, since a migrator may reach the server by another address. */
  readonly url: string;
  /** The service's role. */
  readonly role: string;
}

/** Attributes that would let a service out of its role. */
const ATTRIBUTES = ['rolsuper', 'rolcreaterole', 'rolcreatedb', 'rolreplication', 'rolbypassrls'] as const;

/**
 * Makes the login of a service, or sees that the one it has fits: it can log in with its password, is a member of its service's role and of
 * no other service's, and may do nothing besides. What a login made by somebody else already has is not asked for again, so a migrator
 * that may not touch it need not.
 *
 * @param admin a connection to the service's database
 */
export async function ensureServiceLogin(admin: pg.Client, adminUrl: string, login: ServiceLogin): Promise<void> {
  const { variable, role } = login;
  const { name, password } = credentialsOf(login);
  const found = await admin.query<{ attributes: string[]; own: boolean }>(
    `SELECT array_remove(ARRAY[${ATTRIBUTES.map((attribute) => `CASE WHEN ${attribute} THEN '${attribute.slice(3)}' END`).join(', ')}], NULL)
              AS attributes, rolname IN (current_user, session_user) AS own
       FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  const [existing] = found.rows;
  if (existing?.own === true) throw new Error(`${variable} names the login that migrates; a service needs its own`);
  if (existing !== undefined && existing.attributes.length > 0)
    throw new Error(
      `${variable} names ${name}, which may do more than a service needs (${existing.attributes.join(', ')})`,
    );
  const identifier = admin.escapeIdentifier(name);
  const withPassword = `LOGIN PASSWORD ${admin.escapeLiteral(passwordVerifier(password))}`;
  if (existing === undefined) await run(admin, login, `CREATE ROLE ${identifier} ${withPassword}`);
  await joinRole(admin, login, name, `GRANT ${admin.escapeIdentifier(role)} TO ${identifier}`);
  if (await isRefused(withLogin(adminUrl, name, password)))
    await run(admin, login, `ALTER ROLE ${identifier} ${withPassword}`);
}

function credentialsOf({ variable, url }: ServiceLogin): { name: string; password: string } {
  const { username, password } = new URL(url);
  const credentials = { name: decodeURIComponent(username), password: decodeURIComponent(password) };
  if (credentials.name === '' || !/^[\x21-\x7e]+$/.test(credentials.password))
    throw new Error(`${variable} must be a URL with a login and a password of printable ASCII characters`);
  return credentials;
}

async function joinRole(admin: pg.Client, login: ServiceLogin, name: string, statement: string): Promise<void> {
  const { rows } = await admin.query<{ role: string; member: boolean }>(
    `SELECT rolname AS role, pg_has_role($1::name, oid, 'MEMBER') AS member
       FROM pg_roles WHERE rolname = $2 OR rolname LIKE 'turnpike\\_%\\_service'`,
    [name, login.role],
  );
  const other = rows.find(({ role, member }) => member && role !== login.role);
  if (other !== undefined)
    throw new Error(`${login.variable} names ${name}, which has the role of another service (${other.role})`);
  if (!rows.some(({ role, member }) => member && role === login.role)) await run(admin, login, statement);
}

/** Whether the server refuses the login's name or password. */
async function isRefused(connectionString: string): Promise<boolean> {
  try {
    await withClient({ connectionString, connectionTimeoutMillis: 5_000 }, () => Promise.resolve());
    return false;
  } catch (error) {
    if (isLoginRefused(error)) return true;
    throw error;
  }
}

async function run(admin: pg.Client, { variable }: ServiceLogin, statement: string): Promise<void> {
  try {
    await admin.query(statement);
  } catch (error) {
    if (isDuplicate(error)) return;
    if (!isForbidden(error)) throw error;
    const shown = statement.replace(/PASSWORD .*/, "PASSWORD '…'");
    throw new Error(
      `The login of ${variable} is not ready, and the one of DATABASE_URL may not make it so. Somebody who may has to run: ${shown}`,
      { cause: error },
    );
  }
}
