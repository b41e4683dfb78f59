import type { Query } from '@turnpike/service-kit';
import type { CodePurpose, NewCode } from '../domain/verification.ts';

/** Keeps a code and counts it in its windows: see `verification_issue` in the migration. Gives the seconds to wait, 0 when it is kept. */
export async function issueCode(query: Query, code: NewCode): Promise<number> {
  const [row] = await query<{ wait: number }>(
    `SELECT verification_issue($1::uuid, $2, $3::bytea, $4::bytea, $5::int * interval '1 second', $6::text[], $7::int[], $8::int[]) AS wait`,
    code.id,
    code.purpose,
    code.recipientDigest,
    code.codeDigest,
    code.lifeSeconds,
    code.windows.map(({ bucket }) => bucket),
    code.windows.map(({ limit }) => limit),
    code.windows.map(({ seconds }) => seconds),
  );
  if (row === undefined) throw new Error('verification_issue gave no row');
  return row.wait;
}

/** Takes a code back that could not be put on its way, and uncounts it. */
export async function withdrawCode(query: Query, code: NewCode): Promise<void> {
  await query('DELETE FROM verification_code WHERE id = $1::uuid', code.id);
  await query(
    'UPDATE verification_window SET used = used - 1 WHERE bucket = ANY($1::text[]) AND used > 0',
    code.windows.map(({ bucket }) => bucket),
  );
}

/**
 * One try at a code, in one statement: PostgreSQL makes concurrent tries wait for the row and judges each against what the one before it
 * wrote, so that exactly `wrongTriesMax` wrong ones count and exactly one right one wins. Gives the code's id if it was right.
 */
export async function useCode(
  query: Query,
  purpose: CodePurpose,
  recipientDigest: Buffer,
  codeDigest: Buffer,
  wrongTriesMax: number,
): Promise<string | undefined> {
  const rows = await query<{ id: string; used: boolean }>(
    `UPDATE verification_code
        SET used_at = CASE WHEN code_digest = $3::bytea THEN clock_timestamp() END,
            wrong_tries = wrong_tries + CASE WHEN code_digest = $3::bytea THEN 0 ELSE 1 END
      WHERE purpose = $1 AND recipient_digest = $2::bytea
        AND used_at IS NULL AND wrong_tries < $4::int AND expires_at > clock_timestamp()
      RETURNING id, used_at IS NOT NULL AS used`,
    purpose,
    recipientDigest,
    codeDigest,
    wrongTriesMax,
  );
  return rows.find(({ used }) => used)?.id;
}

/** Lets a code that was used be used again. A newer code of that address has another id and is left alone. */
export async function reopenCode(query: Query, id: string): Promise<void> {
  await query('UPDATE verification_code SET used_at = NULL WHERE id = $1::uuid', id);
}
