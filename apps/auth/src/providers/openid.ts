import type { SignInProvider } from '@turnpike/contracts';
import {
  verifyIdentityToken,
  type FindProviderKey,
  type IdentityClaims,
  type IdentityTokenSettings,
} from './domain/identity-token.ts';
import { credentialRefused } from './errors.ts';
import type { SingleUse } from './proven-identity.ts';
import { outageIsUnavailable } from './token-endpoint.ts';

/** Verifies identity tokens of one provider. Throws 401 for a bad one, 503 where the provider's keys cannot be had. */
export type ReadIdentityToken = (token: string, nonce: string | undefined) => Promise<IdentityClaims>;

export interface IdentityTokenReader {
  readonly provider: SignInProvider;
  readonly settings: IdentityTokenSettings;
  readonly findKey: FindProviderKey;
  /** Wall clock, in milliseconds. */
  readonly nowMs: () => number;
}

/** A reader of one provider's identity tokens. */
export function identityTokenReader({ provider, settings, findKey, nowMs }: IdentityTokenReader): ReadIdentityToken {
  return async (token, nonce) => {
    const nowSeconds = Math.floor(nowMs() / 1_000);
    const verdict = await outageIsUnavailable(provider, () =>
      verifyIdentityToken(token, nonce, findKey, settings, nowSeconds),
    );
    if (!verdict.valid) throw credentialRefused(provider, verdict.reason);
    return verdict.claims;
  };
}

/** The single use of a token that carried a nonce. */
export function singleUseOf({ singleUseDigest, expiresAt }: IdentityClaims): SingleUse | undefined {
  return singleUseDigest === undefined ? undefined : { digest: singleUseDigest, expiresAt };
}
