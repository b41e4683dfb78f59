import { z } from 'zod';
import type { Vault } from '../vault/domain/vault.ts';

/** BullMQ queue of outgoing mail. */
export const MAIL_QUEUE = 'mail';

/** A mail that waits to be sent. */
export interface MailContent {
  readonly template: MailTemplate;
  readonly to: string;
  readonly code: string;
  readonly lifeSeconds: number;
}

const mailTemplate = z.enum(['sign_in_code']);
export type MailTemplate = z.output<typeof mailTemplate>;

/**
 * What lies in Redis: address and code are sealed, and gone once the mail is sent or has failed for good; then
 * `recipient` tells operators no more than `a…@example.com`.
 */
export type MailJob =
  | { readonly template: MailTemplate; readonly sealed: string; readonly expiresAtMs: number }
  | { readonly template: MailTemplate; readonly recipient: string };

const content = z.object({ template: mailTemplate, to: z.string(), code: z.string(), lifeSeconds: z.number() });

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
