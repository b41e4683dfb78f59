import { SealingVault } from '@turnpike/service-kit';

/** What a sealed value or a code is for. */
export type VaultPurpose =
  | 'signing-key'
  | 'refresh-token'
  | 'refresh-successor'
  | 'one-time-code'
  | 'provider-token'
  | 'digest-key'
  | 'browser-sign-in'
  | 'link-code'
  | 'verification-code'
  | 'verification-address'
  | 'mail'
  | 'password-pepper'
  | 'reset-token'
  | 'invite-token';

/** Auth's vault, over the keys of `AUTH_ENCRYPTION_KEY`. */
export class Vault extends SealingVault<VaultPurpose> {
  constructor(secrets: readonly string[]) {
    super(secrets, { salt: 'turnpike.auth', setting: 'AUTH_ENCRYPTION_KEY' });
  }
}
