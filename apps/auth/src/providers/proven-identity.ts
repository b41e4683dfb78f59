import type { SignInProvider } from '@turnpike/contracts';
import type { IdentityProfile } from '../sign-in/domain/sign-in.ts';

/** An identity that its provider vouches for. */
export interface ProvenIdentity extends IdentityProfile {
  readonly provider: SignInProvider;
  /** Set where the proof may be used once. */
  readonly singleUse?: SingleUse | undefined;
  /** What lets us end the connection at the provider later. */
  readonly grant?: ProviderGrant | undefined;
}

/** A proof that must not be accepted twice, and until when it could be. */
export interface SingleUse {
  readonly digest: Buffer;
  readonly expiresAt: number;
}

/** A provider's refresh token and the client it was issued to. */
export interface ProviderGrant {
  readonly clientId: string;
  readonly refreshToken: string;
}
