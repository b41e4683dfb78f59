import type { Query } from '@turnpike/service-kit';

/** How long a redeemed code is remembered, in hours, so that a second use can end what the first gave. */
const CODE_KEPT_HOURS = 24;
/** How long the end of a connection is tried for, in days, before its token goes. */
const REVOCATION_TRIED_DAYS = 90;

/** Removes browser attempts, first sign-ins that were cut off, codes and notes of used proofs that have served their time. */
export async function sweepSignInLeftovers(query: Query): Promise<void> {
  await query('DELETE FROM browser_sign_in WHERE expires_at < now()');
  await query('DELETE FROM first_sign_in WHERE expires_at < now()');
  await query("DELETE FROM sign_in_code WHERE expires_at < now() - $1::int * interval '1 hour'", CODE_KEPT_HOURS);
  // An hour more than the proof lives: clocks differ.
  await query("DELETE FROM used_proof WHERE expires_at < now() - interval '1 hour'");
  await query(
    "DELETE FROM provider_revocation WHERE created_at < now() - $1::int * interval '1 day'",
    REVOCATION_TRIED_DAYS,
  );
}
