import { z } from 'zod';
import type { Vault } from '../vault/domain/vault.ts';

/** BullMQ queue of outgoing mail. */
export const MAIL_QUEUE = 'mail';

const common = { to: z.string(), lifeSeconds: z.number() };
const content = z.discriminatedUnion('template', [
  z.object({ ...common, template: z.literal('sign_in_code'), code: z.string() }),
  // Without a code: the address has an account already.
  z.object({ ...common, template: z.literal('registration'), code: z.string().nullable() }),
  // Null: the address has no account, and nothing is sent; queued all the same, so that nobody can tell from how long it takes.
  z.object({
    ...common,
    template: z.literal('password_reset'),
    reset: z.object({ code: z.string(), link: z.string().nullable() }).nullable(),
  }),
  z.object({
    ...common,
    template: z.literal('password_changed'),
    keys: z.array(z.object({ name: z.string(), prefix: z.string() })),
  }),
  z.object({
    ...common,
    template: z.literal('payment_failed'),
    organisation: z.string(),
    plan: z.string(),
    // RFC 3339; null where it is not known.
    keptUntil: z.string().nullable(),
  }),
  z.object({
    ...common,
    template: z.literal('storage_failing'),
    organisation: z.string(),
    // RFC 3339.
    since: z.string(),
    reason: z.string(),
  }),
  z.object({
    ...common,
    template: z.literal('export_failed'),
    organisation: z.string(),
    // RFC 3339.
    requestedAt: z.string(),
    reason: z.string(),
  }),
  z.object({
    ...common,
    template: z.literal('second_subscription_ended'),
    organisation: z.string(),
    plan: z.string().nullable(),
  }),
  z.object({
    ...common,
    template: z.literal('policy_violated'),
    organisation: z.string(),
    // RFC 3339.
    at: z.string(),
    policy: z.string(),
    action: z.string(),
  }),
  z.object({
    ...common,
    template: z.literal('invite'),
    organisation: z.string(),
    // Empty where no name is known.
    inviter: z.string(),
    role: z.string(),
    invite: z.union([z.object({ link: z.string() }), z.object({ code: z.string() })]),
  }),
]);

/** A mail that waits to be sent: to whom, what, and until when it is worth sending. */
export type MailContent = z.output<typeof content>;
export type MailTemplate = MailContent['template'];

/**
 * What lies in Redis: its content is sealed, and gone once the mail is sent or has failed for good; then
 * `recipient` tells operators no more than `a…@example.com`.
 */
export type MailJob =
  | { readonly template: MailTemplate; readonly sealed: string; readonly expiresAtMs: number }
  | { readonly template: MailTemplate; readonly recipient: string };

/** Seals a mail for the queue; it opens only under its own job id. */
export function sealMail(vault: Vault, jobId: string, mail: MailContent, nowMs: number): MailJob {
  const sealed = vault.seal('mail', Buffer.from(JSON.stringify(mail)), jobId).toString('base64');
  return { template: mail.template, sealed, expiresAtMs: nowMs + mail.lifeSeconds * 1_000 };
}

/** Opens a sealed mail. Throws `VaultError` when its key is not configured any more. */
export function openMail(vault: Vault, jobId: string, sealed: string): MailContent {
  return content.parse(JSON.parse(vault.open('mail', Buffer.from(sealed, 'base64'), jobId).toString()));
}

/** First letter and domain of an address: `a…@example.com`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, 1)}…${address.slice(at)}`;
}
