import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { withDatabase } from '@turnpike/migrate';
import { withClient } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import type { InternalCall } from './internal-calls.ts';

/** An installation of a release as it was when it was written down (`record-release.ts`), and what callers of it hold. */
export interface RecordedRelease {
  /** By the clock of its PostgreSQL. */
  readonly recordedAt: string;
  /** Databases, each in `<name>.sql.gz` beside this. */
  readonly databases: readonly string[];
  /** What `secrets.json` of its stack held; it guards nothing but this recording. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly refreshToken: string;
  /** Of a session that was signed out. */
  readonly endedRefreshToken: string;
  readonly apiKey: string;
  readonly endedApiKey: string;
  /** Who holds session and key. */
  readonly userId: string;
  readonly email: string;
  /** Credits of that user. */
  readonly balance: number;
}

const folderOf = (release: string): string => path.join(repositoryRoot, 'e2e', 'releases', release);

/** The recordings, oldest first. */
export const RELEASES: readonly string[] = readdirSync(folderOf('')).toSorted();

export function readRelease(release: string): RecordedRelease {
  return JSON.parse(readFileSync(path.join(folderOf(release), 'release.json'), 'utf8')) as RecordedRelease;
}

/** How its services called each other, in `internal-calls.json`. */
export function readInternalCalls(release: string): Record<string, InternalCall> {
  const text = readFileSync(path.join(folderOf(release), 'internal-calls.json'), 'utf8');
  return JSON.parse(text) as Record<string, InternalCall>;
}

/**
 * Puts the databases of a recording on an empty server, as if it had been written down just now: a session lives for days, and a recording
 * for as long as upgrades from its release are promised.
 */
export async function loadRelease(release: string, serverUrl: string): Promise<void> {
  const { databases, recordedAt } = readRelease(release);
  for (const name of databases) {
    const statements = gunzipSync(readFileSync(path.join(folderOf(release), `${name}.sql.gz`))).toString();
    const roles = new Set([...statements.matchAll(/^GRANT .* TO (turnpike_\w+);$/gm)].map(([, role = '']) => role));
    await withClient({ connectionString: serverUrl }, async (client) => {
      for (const role of roles) await client.query(`CREATE ROLE ${role}`);
      await client.query(`CREATE DATABASE ${name}`);
    });
    await withClient({ connectionString: withDatabase(serverUrl, name) }, async (client) => {
      await client.query(statements);
      await client.query("SET search_path = public; SET session_replication_role = 'replica'");
      const { rows } = await client.query<{ move: string }>(
        `SELECT format('UPDATE %I SET %s', relname, string_agg(format('%1$I = %1$I + (now() - %2$L::timestamptz)', attname, $1::text), ', ')) AS move
           FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND atttypid = 'timestamptz'::regtype
            AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND relname <> '_prisma_migrations'
          GROUP BY relname`,
        [recordedAt],
      );
      // One moment for all of them, so that what was at once stays so.
      await client.query(`BEGIN; ${rows.map(({ move }) => move).join('; ')}; COMMIT`);
    });
  }
}
