import type { Vault } from '../vault/domain/vault.ts';
import type { ProviderGrant } from './proven-identity.ts';

/** A refresh token as it is kept: sealed, and bound to the client it was issued to. */
export function sealGrant(vault: Vault, provider: string, { clientId, refreshToken }: ProviderGrant): Buffer {
  return vault.seal('provider-token', Buffer.from(refreshToken), contextOf(provider, clientId));
}

/** The refresh token of a sealed grant. Throws `VaultError`. */
export function openGrant(vault: Vault, provider: string, clientId: string, sealed: Buffer): string {
  return vault.open('provider-token', sealed, contextOf(provider, clientId)).toString();
}

function contextOf(provider: string, clientId: string): string {
  return `${provider}:${clientId}`;
}
