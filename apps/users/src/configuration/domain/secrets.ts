import type { ConfigKey } from '@turnpike/contracts';
import { SealingVault } from '@turnpike/service-kit';

/** What users seals, and what for. */
export type VaultPurpose = 'config' | 'config-digest' | 'storage' | 'export-link';

/** The vault of users, over the keys of `USERS_ENCRYPTION_KEY`. */
export class Vault extends SealingVault<VaultPurpose> {
  constructor(secrets: readonly string[]) {
    super(secrets, { salt: 'turnpike.users', setting: 'USERS_ENCRYPTION_KEY' });
  }
}

/** Where a secret is kept; it opens nowhere else, so a row that is copied to another organisation is worth nothing. */
function contextOf(organisationId: string | undefined, key: ConfigKey): string {
  return organisationId === undefined ? `system||${key}` : `organisation|${organisationId}|${key}`;
}

/** Seals a secret for its place. */
export function sealSecret(vault: Vault, organisationId: string | undefined, key: ConfigKey, text: string): Buffer {
  return vault.seal('config', Buffer.from(text), contextOf(organisationId, key));
}

/** Opens a secret of this place. Throws `VaultError` for one of another. */
export function openSecret(
  vault: Vault,
  organisationId: string | undefined,
  key: ConfigKey,
  sealed: Uint8Array,
): string {
  return vault.open('config', sealed, contextOf(organisationId, key)).toString();
}

/** Characters of a digest in the audit trail. */
const DIGEST_CHARS = 16;

/** What the audit trail keeps of a value: enough to see that two are the same, and under a key, so that nobody finds a short one by trying. */
export function digestOf(vault: Vault, value: unknown): string {
  return vault
    .mac('config-digest', Buffer.from(JSON.stringify(value)))
    .toString('hex')
    .slice(0, DIGEST_CHARS);
}
