import { z } from 'zod';
import { auditReport } from './account/audit.ts';
import { creditOwnerType } from './credits/owner.ts';
import { subscriptionStatus } from './credits/subscription.ts';
import { policySeverity } from './llm/policy-rule.ts';
import { violationAction } from './llm/violations.ts';
import { exportFailure, storageReason } from './platform/storage-reason.ts';

/**
 * Events between services: what each says, who sends it, who is sent it, and its payload. They leave through the producer's outbox table in the
 * same transaction as the change, and arrive at least once; a consumer remembers the event id.
 */
export const EVENTS = {
  'user.created': {
    meaning: 'A user was made; credits opens the account and grants what new users get.',
    producers: ['users'],
    payload: z.object({
      user_id: z.uuid(),
      signup_credits: z.number().int().nonnegative(),
      lineage_id: z.uuid().optional(),
    }),
    consumers: ['credits'],
  },
  'user.updated': {
    meaning: 'The tier of a user changed; auth has the edges ask anew.',
    producers: ['users'],
    payload: z.object({ user_id: z.uuid(), tier: z.string() }),
    consumers: ['auth'],
  },
  'user.plan_changed': {
    meaning:
      'What a person’s own subscription gives them: the tier of its plan; null without one, and once the grace of an unpaid one is over. `revision` grows with each change.',
    producers: ['credits'],
    payload: z.object({
      user_id: z.uuid(),
      plan: z.string().nullable(),
      tier: z.string().nullable(),
      revision: z.number().int().positive(),
    }),
    consumers: ['users'],
  },
  'user.disabled': {
    meaning: 'A user was disabled; auth ends sessions and suspends keys.',
    producers: ['users'],
    payload: z.object({ user_id: z.uuid() }),
    consumers: ['auth'],
  },
  'organisation.created': {
    meaning: 'An organisation was made; credits opens its account, without credits.',
    producers: ['auth'],
    payload: z.object({ organisation_id: z.uuid() }),
    consumers: ['credits'],
  },
  'organisation.suspended': {
    meaning:
      'An organisation was suspended; credits takes no holds, charges or grants of it. `revision` grows with each change of its access.',
    producers: ['auth'],
    payload: z.object({ organisation_id: z.uuid(), revision: z.number().int().positive() }),
    consumers: ['credits'],
  },
  'organisation.restored': {
    meaning: 'A suspended or archived organisation is active again; credits opens its account.',
    producers: ['auth'],
    payload: z.object({ organisation_id: z.uuid(), revision: z.number().int().positive() }),
    consumers: ['credits'],
  },
  'organisation.archived': {
    meaning:
      'An organisation was archived; credits closes its account. `revision` grows with each change of its access.',
    producers: ['auth'],
    payload: z.object({ organisation_id: z.uuid(), revision: z.number().int().positive() }),
    consumers: ['credits'],
  },
  'subscription.changed': {
    meaning:
      'What an organisation’s subscription gives it: its plan, tier and limits; the tier `free` without one. `revision` grows with each change.',
    producers: ['credits'],
    payload: z.object({
      owner_type: creditOwnerType,
      owner_id: z.uuid(),
      subscription_id: z.uuid().nullable(),
      plan: z.string().nullable(),
      status: subscriptionStatus.nullable(),
      tier: z.string(),
      limits: z.record(z.string(), z.number().int()),
      grace_ends_at: z.iso.datetime().nullable(),
      revision: z.number().int().positive(),
    }),
    consumers: ['auth'],
  },
  'organisation.notice': {
    meaning:
      'Something that the owners of an organisation should know of; auth mails them, and posts it to the webhook that the organisation names, once for each `key`.',
    producers: ['users', 'credits', 'llm'],
    payload: z.object({
      organisation_id: z.uuid(),
      key: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
      notice: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('storage_failing'), since: z.iso.datetime(), reason: storageReason }),
        z.object({ kind: z.literal('export_failed'), requested_at: z.iso.datetime(), reason: exportFailure }),
        z.object({ kind: z.literal('second_subscription_ended'), plan: z.string().nullable() }),
        z.object({
          kind: z.literal('policy_violated'),
          at: z.iso.datetime(),
          violation_id: z.uuid(),
          policy_id: z.string(),
          policy: z.string(),
          severity: policySeverity,
          action: violationAction,
          environment: z.string().nullable(),
        }),
      ]),
    }),
    consumers: ['auth'],
  },
  'audit.recorded': {
    meaning: 'Something to be kept in the audit trail, which is in auth.',
    producers: ['edge-proxy', 'users', 'credits'],
    payload: auditReport,
    consumers: ['auth'],
  },
  'account.deletion_requested': {
    meaning: 'A person deleted their account; users erases them everywhere.',
    producers: ['auth'],
    payload: z.object({ user_id: z.uuid(), receipt_id: z.uuid(), lineage_id: z.uuid().optional() }),
    consumers: ['users'],
  },
} as const satisfies Record<string, EventSpec>;

interface EventSpec {
  readonly meaning: string;
  readonly producers: readonly (EventConsumerName | 'edge-proxy' | 'llm')[];
  readonly consumers: readonly EventConsumerName[];
  readonly payload: z.ZodType;
}

export type EventConsumerName = 'auth' | 'users' | 'credits';
export type EventType = keyof typeof EVENTS;
export type EventPayload<T extends EventType> = z.output<(typeof EVENTS)[T]['payload']>;

/** One event as it travels through a queue. */
export interface EventEnvelope<T extends EventType = EventType> {
  readonly id: string;
  readonly type: T;
  readonly payload: EventPayload<T>;
  /** RFC 3339, the producer's database clock. */
  readonly created_at: string;
  /** Trace context (W3C) of what caused it, where that trace is recorded. */
  readonly traceparent?: string | undefined;
}

/** BullMQ queue that a consuming service reads. The hash tag keeps its keys on one Redis Cluster slot. */
export function eventQueueName(consumer: EventConsumerName): string {
  return `events-${consumer}`;
}

/** Prefix of all BullMQ keys. */
export const QUEUE_PREFIX = '{turnpike}';

/**
 * Redis stream on which auth announces what has lost access or is out of date: fields `kind`, `id`, `at` (RFC 3339). Between them stand
 * heartbeats, which have the field `REVOCATION_BEAT` alone: all that auth had recorded when it wrote one stands before it.
 */
export const REVOCATION_STREAM = '{turnpike}:revocations';
export const REVOCATION_BEAT = 'beat';
/** How often auth writes a heartbeat, in milliseconds. Silence for several times as long proves that the stream tells nothing. */
export const REVOCATION_BEAT_MS = 200;

/**
 * What a revocation names: one session, one API key, everything of a user (`principal`), the sessions of a user but not the keys
 * (`sessions_of`), everything of an organisation (`tenant`), one membership that ended or changed (`membership`), or what is remembered of a
 * user or of one API key (`account`, with the id of either): then nothing ends, but auth must be asked again, as the tier or the key's limits
 * may be others. Edges that do not know a kind forget every caller (ADR 3), so a new
 * one is known to the edges before auth writes it.
 */
export const revocationKind = z.enum(['session', 'key', 'principal', 'sessions_of', 'tenant', 'membership', 'account']);
export type RevocationKind = z.output<typeof revocationKind>;
