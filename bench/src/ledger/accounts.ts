import { withClient } from '@turnpike/migrate';

/** Credits of a measured account: more than any run can spend. */
const CREDITS_EACH = 900_000_000;

/** Owners are numbered, so that SQL and HTTP load name the same ones without a list. */
export function ownerId(index: number): string {
  return `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** Opens an account with plenty of credits for each of `count` owners; safe to repeat. */
export async function fillAccounts(databaseUrl: string, count: number): Promise<void> {
  await withClient({ connectionString: databaseUrl }, async (client) => {
    await client.query(
      `SELECT ledger_grant(jsonb_build_object('owner_type', 'user', 'owner_id', ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0')), 'amount', $2::text,
          'source', 'bench', 'source_ref', 'bench', 'transaction_type', 'adjustment', 'actor', 'bench'))
         FROM generate_series(0, $1::int - 1) AS i`,
      [count, `${CREDITS_EACH}000000`],
    );
    await client.query('VACUUM ANALYZE');
  });
}
