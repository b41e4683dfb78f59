import type { Query } from '@turnpike/service-kit';
import { NETWORK_KNOWN_DAYS, type CodeTry, type NewCode } from '../domain/verification.ts';

/** Keeps a code and counts it in its windows: see `verification_issue` in the migration. Returns the seconds to wait, 0 when it is kept. */
export async function issueCode(query: Query, code: NewCode): Promise<{ waitSeconds: number; counted: string[] }> {
  const [row] = await query<{ wait: number; counted: string[] }>(
    `SELECT * FROM verification_issue($1::uuid, $2, $3::bytea[], $4::bytea[], $5::bytea, $6::int * interval '1 second',
       $7::int * interval '1 day', $8::text[], $9::int[], $10::int[], $11::boolean[])`,
    code.id,
    code.purpose,
    code.recipients,
    code.networks,
    code.codeDigest,
    code.lifeSeconds,
    NETWORK_KNOWN_DAYS,
    code.windows.map(({ bucket }) => bucket),
    code.windows.map(({ limit }) => limit),
    code.windows.map(({ seconds }) => seconds),
    code.windows.map(({ forStrangers = false }) => forStrangers),
  );
  if (row === undefined) throw new Error('verification_issue returned no row');
  return { waitSeconds: row.wait, counted: row.counted };
}

/** Takes a code back that could not be put on its way, and uncounts it in its windows. */
export async function withdrawCode(query: Query, id: string, counted: readonly string[]): Promise<void> {
  await query('DELETE FROM verification_code WHERE id = $1::uuid', id);
  await query('UPDATE verification_window SET used = used - 1 WHERE bucket = ANY($1::text[]) AND used > 0', counted);
}

/** One try at a code, exact among concurrent ones: see `verification_use` in the migration. Returns the code's id if it was right. */
export async function useCode(query: Query, attempt: CodeTry): Promise<string | undefined> {
  const [row] = await query<{ id: string | null }>(
    'SELECT verification_use($1, $2::bytea[], $3::bytea[], $4::bytea[], $5::int, $6::int) AS id',
    attempt.purpose,
    attempt.recipients,
    attempt.networks,
    attempt.codes,
    attempt.ownTriesMax,
    attempt.foreignTriesMax,
  );
  return row?.id ?? undefined;
}

/** Lets a code that was used be used again. A newer code of that address has another id and is left alone. */
export async function reopenCode(query: Query, id: string): Promise<void> {
  await query('UPDATE verification_code SET used_at = NULL WHERE id = $1::uuid', id);
}
