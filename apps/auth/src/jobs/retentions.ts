import { IDEMPOTENCY_RETENTION, OUTBOX_RETENTION, type Retention, type TableLives } from '@turnpike/service-kit';
import { NETWORK_KNOWN_DAYS } from '../email-codes/domain/verification.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** How long ended and expired sessions are kept for their owner's audit. */
const SESSION_KEPT = 7 * DAY;
/** How long revocations are kept for polling edges; the credentials they ended live much shorter. */
const REVOCATION_KEPT = 2 * DAY;
/** How long ended and expired API keys stay in their owner's list. */
const API_KEY_KEPT = 90 * DAY;
/** How long an invite that can no longer be accepted stays in the organisation's list. */
const INVITE_KEPT = 90 * DAY;
/** How long the end of a connection is tried for at its provider before its token goes. */
const PROVIDER_REVOCATION_TRIED = 90 * DAY;

/** How long a slug that an organisation gave up, and that is free again, is remembered as once theirs. */
const SLUG_REMEMBERED = 30 * DAY;

/** What auth keeps, and for how long, in seconds. Keys go before the deleted projects that hold them. */
export function retentions(auditRetentionDays: number): readonly Retention[] {
  return [
    { table: 'session', column: 'ended_at', keptSeconds: SESSION_KEPT },
    { table: 'session', column: 'expires_at', keptSeconds: SESSION_KEPT },
    { table: 'revocation', column: 'at', keptSeconds: REVOCATION_KEPT, condition: 'published_at IS NOT NULL' },
    { table: 'api_key', column: 'revoked_at', keptSeconds: API_KEY_KEPT },
    { table: 'api_key', column: 'expires_at', keptSeconds: API_KEY_KEPT },
    {
      table: 'project',
      column: 'deleted_at',
      keptSeconds: API_KEY_KEPT,
      condition: 'NOT EXISTS (SELECT FROM api_key k WHERE k.project_id = project.id)',
    },
    { table: 'verification_code', column: 'expires_at', keptSeconds: DAY },
    { table: 'verification_window', column: 'ends_at', keptSeconds: 0 },
    { table: 'known_network', column: 'signed_in_at', keptSeconds: NETWORK_KNOWN_DAYS * DAY },
    { table: 'registration', column: 'expires_at', keptSeconds: 0 },
    { table: 'reset_token', column: 'expires_at', keptSeconds: 0 },
    // Accepted or not, one is over at its expiry.
    { table: 'invite', column: 'expires_at', keptSeconds: INVITE_KEPT },
    {
      table: 'organisation_slug',
      column: 'free_at',
      keptSeconds: SLUG_REMEMBERED,
      // The last one stays: an archived organisation is restored under it.
      condition: `free_at IS NOT NULL AND EXISTS (
        SELECT FROM organisation_slug later
         WHERE later.organisation_id = organisation_slug.organisation_id AND later.taken_at > organisation_slug.taken_at)`,
    },
    { table: 'browser_sign_in', column: 'expires_at', keptSeconds: 0 },
    { table: 'first_sign_in', column: 'expires_at', keptSeconds: 0 },
    // A redeemed code is remembered, so that a second use can end the session that the first opened.
    { table: 'sign_in_code', column: 'expires_at', keptSeconds: DAY },
    // An hour more than the proof lives: clocks differ.
    { table: 'used_proof', column: 'expires_at', keptSeconds: HOUR },
    { table: 'provider_revocation', column: 'created_at', keptSeconds: PROVIDER_REVOCATION_TRIED },
    IDEMPOTENCY_RETENTION,
    { table: 'audit_event', column: 'at', keptSeconds: auditRetentionDays * DAY },
    OUTBOX_RETENTION,
  ];
}

/** The tables that the sweep has nothing to do with. */
export const STAYING: TableLives = {
  account: { life: 'one row for each user; after an erasure its bare id' },
  digest_key: { life: 'one row' },
  identity: { life: 'until its user disconnects it or is erased', endedBy: 'the disconnection, or the erasure' },
  membership: { life: 'until the person leaves, is removed or is erased', endedBy: 'that act, or the erasure' },
  operator: { life: 'until `turnpike operators revoke`, or the erasure', endedBy: 'that command, or the erasure' },
  organisation: { life: 'stays when archived, so that its records and credits keep a name' },
  password: { life: 'one row for each user who has one', endedBy: 'the erasure' },
  provider_grant: { life: 'one row for each connected identity', endedBy: 'the disconnection, or the erasure' },
  remembered_identity: { life: 'for as long as sign-up credits are granted once only (docs/privacy.md)' },
  signing_key: { life: 'until no token that it signed can be valid', endedBy: 'the job signing-key-sweep, each hour' },
  unlinked_identity: { life: 'what its user disconnected, until the erasure', endedBy: 'the erasure' },
};
