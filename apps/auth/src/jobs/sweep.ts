import { sweepIdempotency, type Query } from '@turnpike/service-kit';
import { sweepApiKeys } from '../stores/api-keys.ts';
import { sweepRevocations } from '../stores/revocations.ts';
import { sweepSessions } from '../stores/sessions.ts';
import { sweepSignInLeftovers } from '../stores/sign-in-leftovers.ts';
import { sweepSigningKeys } from '../stores/signing-keys.ts';
import { sweepVerification } from '../stores/verification.ts';

/** How long ended and expired sessions are kept for their owner's audit, in days. */
const SESSION_KEPT_DAYS = 7;
/** Sessions removed per sweep; what is left goes with the next. */
const SESSIONS_PER_SWEEP_MAX = 10_000;
/** How long revocations are kept for polling edges, in days; the credentials they ended live much shorter. */
const REVOCATION_KEPT_DAYS = 2;
/** How long delivered events are kept, in days. */
const EVENT_KEPT_DAYS = 7;
/** How long ended and expired API keys stay in their owner's list, in days. */
const API_KEY_KEPT_DAYS = 90;

/** Removes what has served its time. */
export async function sweep(query: Query, auditRetentionDays: number): Promise<void> {
  await sweepSessions(query, SESSION_KEPT_DAYS, SESSIONS_PER_SWEEP_MAX);
  await sweepRevocations(query, REVOCATION_KEPT_DAYS);
  await sweepSigningKeys(query);
  await sweepApiKeys(query, API_KEY_KEPT_DAYS);
  await sweepVerification(query);
  await sweepSignInLeftovers(query);
  await sweepIdempotency(query);
  await query("DELETE FROM audit_event WHERE at < now() - $1::int * interval '1 day'", auditRetentionDays);
  await query("DELETE FROM outbox WHERE delivered_at < now() - $1::int * interval '1 day'", EVENT_KEPT_DAYS);
}
