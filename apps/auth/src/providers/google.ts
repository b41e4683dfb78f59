import type { FindProviderKey, IdentityClaims } from './domain/identity-token.ts';
import { providerUnavailable, providerUnconfigured } from './errors.ts';
import type { ProviderHttp } from './http.ts';
import { identityTokenReader, singleUseOf } from './openid.ts';
import type { ProvenIdentity } from './proven-identity.ts';
import type { ProviderConfig } from './settings.ts';
import { requestTokens, type ProviderTokens } from './token-endpoint.ts';

/** What an app got from Google. */
export interface GoogleCredential {
  readonly idToken: string;
  readonly nonce?: string | undefined;
}

/** Sign in with Google. */
export interface GoogleProvider {
  readonly authorizationUrl: string;
  /** The client of the browser flow. Throws 503 naming the first setting that it lacks. */
  requireBrowser(): { readonly clientId: string; readonly clientSecret: string };
  prove(credential: GoogleCredential): Promise<ProvenIdentity>;
  exchange(code: string, redirectUri: string, codeVerifier: string): Promise<ProviderTokens>;
  /** Proves what the browser flow's code exchange returned. */
  proveTokens(tokens: ProviderTokens, nonce: string): Promise<ProvenIdentity>;
}

/** `nowMs`: wall clock, in milliseconds. */
export function createGoogle(
  config: ProviderConfig,
  http: Pick<ProviderHttp, 'send'>,
  findKey: FindProviderKey,
  nowMs: () => number,
): GoogleProvider {
  const settings = { issuers: config.GOOGLE_ISSUERS, audiences: config.GOOGLE_CLIENT_IDS };
  const readToken = identityTokenReader({ provider: 'google', settings, findKey, nowMs });

  function requireClients(): string {
    const [first] = config.GOOGLE_CLIENT_IDS;
    if (first === undefined) throw providerUnconfigured('google', 'GOOGLE_CLIENT_IDS');
    return first;
  }

  function requireBrowser() {
    const clientId = requireClients();
    const { GOOGLE_CLIENT_SECRET: clientSecret } = config;
    if (clientSecret === undefined) throw providerUnconfigured('google', 'GOOGLE_CLIENT_SECRET');
    return { clientId, clientSecret };
  }

  return {
    authorizationUrl: config.GOOGLE_AUTHORIZATION_URL,
    requireBrowser,
    async prove({ idToken, nonce }) {
      requireClients();
      return proven(await readToken(idToken, nonce));
    },
    exchange(code, redirectUri, codeVerifier) {
      const { clientId, clientSecret } = requireBrowser();
      return requestTokens(http, 'google', config.GOOGLE_TOKEN_URL, {
        grant_type: 'authorization_code',
        client_id: clientId,
        client_secret: clientSecret,
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      });
    },
    async proveTokens({ idToken }, nonce) {
      if (idToken === undefined) throw providerUnavailable('google', 'the token endpoint returned no identity token');
      return proven(await readToken(idToken, nonce));
    },
  };
}

function proven(claims: IdentityClaims): ProvenIdentity {
  const { subject, email, emailVerified, name } = claims;
  return { provider: 'google', subject, email, emailVerified, displayName: name, singleUse: singleUseOf(claims) };
}
