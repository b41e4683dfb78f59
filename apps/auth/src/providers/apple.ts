import { displayNameOrNone } from '@turnpike/contracts';
import type { AppleClient } from './apple-client.ts';
import { verifyProviderToken, type FindProviderKey, type IdentityClaims } from './domain/identity-token.ts';
import { credentialRefused, providerUnavailable, providerUnconfigured } from './errors.ts';
import { identityTokenReader, singleUseOf } from './openid.ts';
import type { ProvenIdentity } from './proven-identity.ts';
import { beside, type ProviderConfig } from './settings.ts';
import { outageIsUnavailable, type ProviderTokens } from './token-endpoint.ts';

/** What an app got from Apple's sheet. */
export interface AppleCredential {
  readonly identityToken: string;
  readonly nonce?: string | undefined;
  readonly authorizationCode?: string | undefined;
  /** Told once, at the first sign-in; not signed by anybody. */
  readonly fullName?: string | undefined;
}

/** Sign in with Apple. */
export interface AppleProvider {
  readonly authorizationUrl: string;
  /** The client id of the browser flow. Throws 503 naming the first setting that it lacks. */
  requireBrowser(): string;
  prove(credential: AppleCredential): Promise<ProvenIdentity>;
  /** Proves what the browser flow's code exchange returned. */
  proveTokens(tokens: ProviderTokens, nonce: string, fullName: string | undefined): Promise<ProvenIdentity>;
  /** The claims of a server-to-server notification. */
  readNotification(payload: string): Promise<Readonly<Record<string, unknown>>>;
}

/** `nowMs`: wall clock, in milliseconds. */
export function createApple(
  config: ProviderConfig,
  client: AppleClient,
  findKey: FindProviderKey,
  nowMs: () => number,
): AppleProvider {
  const settings = { issuers: [config.APPLE_ISSUER], audiences: config.APPLE_CLIENT_IDS };
  const readToken = identityTokenReader({ provider: 'apple', settings, findKey, nowMs });

  function requireClients(): string {
    const [first] = config.APPLE_CLIENT_IDS;
    if (first === undefined) throw providerUnconfigured('apple', 'APPLE_CLIENT_IDS');
    return first;
  }

  /** The refresh token of an app's code, if it is the same person's: another's must not be filed, or revoked, under this account. */
  async function redeem(claims: IdentityClaims, code: string): Promise<ProvenIdentity['grant']> {
    // Without the developer's key nothing can be exchanged; the identity token alone is proof enough to sign in.
    const [clientId] = claims.audiences;
    if (!client.hasKey || clientId === undefined) return undefined;
    const { idToken, refreshToken } = await client.exchange({ clientId, code });
    if (idToken === undefined) throw providerUnavailable('apple', 'the token endpoint returned no identity token');
    const nowSeconds = Math.floor(nowMs() / 1_000);
    const verdict = await outageIsUnavailable('apple', () =>
      verifyProviderToken(idToken, findKey, settings, nowSeconds),
    );
    if (!verdict.valid) throw credentialRefused('apple', `token endpoint's identity token: ${verdict.reason}`);
    if (verdict.claims.members['sub'] !== claims.subject)
      throw credentialRefused('apple', "the code is another person's");
    return refreshToken === undefined ? undefined : { clientId, refreshToken };
  }

  return {
    authorizationUrl: config.APPLE_AUTHORIZATION_URL ?? beside(config.APPLE_TOKEN_URL, 'authorize'),
    requireBrowser() {
      const clientId = requireClients();
      client.requireKey();
      return clientId;
    },
    async prove({ identityToken, nonce, authorizationCode, fullName }) {
      requireClients();
      const claims = await readToken(identityToken, nonce);
      const grant = authorizationCode === undefined ? undefined : await redeem(claims, authorizationCode);
      return proven(claims, fullName, grant);
    },
    async proveTokens({ idToken, refreshToken }, nonce, fullName) {
      if (idToken === undefined) throw providerUnavailable('apple', 'the token endpoint returned no identity token');
      const claims = await readToken(idToken, nonce);
      const clientId = requireClients();
      return proven(claims, fullName, refreshToken === undefined ? undefined : { clientId, refreshToken });
    },
    async readNotification(payload) {
      requireClients();
      const nowSeconds = Math.floor(nowMs() / 1_000);
      const verdict = await outageIsUnavailable('apple', () =>
        verifyProviderToken(payload, findKey, settings, nowSeconds),
      );
      if (!verdict.valid) throw credentialRefused('apple', `notification: ${verdict.reason}`);
      return verdict.claims.members;
    },
  };
}

function proven(claims: IdentityClaims, fullName: string | undefined, grant: ProvenIdentity['grant']): ProvenIdentity {
  const { subject, email, emailVerified } = claims;
  const singleUse = singleUseOf(claims);
  return {
    provider: 'apple',
    subject,
    email,
    emailVerified,
    displayName: displayNameOrNone(fullName),
    singleUse,
    grant,
  };
}
