import { EXPORT_LINK_SECONDS } from '@turnpike/contracts';
import { VaultError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';

/** What a link is for. */
export interface ExportLink {
  readonly exportId: string;
  /** Who was given it. */
  readonly userId: string;
  readonly expiresAt: Date;
}

/** No row: the token itself says what it is for. */
const CONTEXT = 'export-link';

/** A link that works for an hour. Its token is sealed, so it says nothing and cannot be made by anybody else. */
export function linkTo(
  vault: Context['vault'],
  exportId: string,
  userId: string,
): ExportLink & { readonly token: string } {
  const expiresAt = new Date(Date.now() + EXPORT_LINK_SECONDS * 1_000);
  const text = [exportId, userId, expiresAt.getTime()].join('|');
  const token = vault.seal('export-link', Buffer.from(text), CONTEXT).toString('base64url');
  return { exportId, userId, expiresAt, token };
}

/** What the token of a link is for; `undefined` for one that is none of ours. */
export function openLink(vault: Context['vault'], token: string): ExportLink | undefined {
  try {
    const text = vault.open('export-link', Buffer.from(token, 'base64url'), CONTEXT).toString();
    const [exportId = '', userId = '', expiresMs = ''] = text.split('|');
    return { exportId, userId, expiresAt: new Date(Number(expiresMs)) };
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
}
