import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { providerUnconfigured } from './errors.ts';
import type { ProviderHttp } from './http.ts';
import { beside, type ProviderConfig } from './settings.ts';
import { requestTokens, type ProviderTokens } from './token-endpoint.ts';

/** What Apple demands as audience of a client secret, whatever its endpoints are called here. */
const SECRET_AUDIENCE = 'https://appleid.apple.com';
/** Life of a client secret, in seconds: made for each call. */
const SECRET_TTL_SECONDS = 300;

/** A code to exchange. */
export interface AppleCode {
  /** The client the code was issued to. */
  readonly clientId: string;
  readonly code: string;
  /** In the browser flow only. */
  readonly redirectUri?: string | undefined;
  readonly codeVerifier?: string | undefined;
}

/** Calls to Apple's token and revocation endpoints. */
export interface AppleClient {
  /** Whether the developer's key is configured; without it no code can be exchanged and nothing revoked. */
  readonly hasKey: boolean;
  /** Throws 503 that names the first setting missing. */
  requireKey(): void;
  exchange(code: AppleCode): Promise<ProviderTokens>;
  /** Ends a connection by its refresh token. False where Apple refused us, so it must be tried again; true also where it had ended before. */
  revoke(clientId: string, refreshToken: string): Promise<boolean>;
}

interface DeveloperKey {
  readonly teamId: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** `nowMs`: wall clock, in milliseconds. */
export function createAppleClient(
  config: ProviderConfig,
  http: Pick<ProviderHttp, 'send'>,
  nowMs: () => number,
): AppleClient {
  function developerKey(): DeveloperKey {
    const { APPLE_TEAM_ID: teamId, APPLE_KEY_ID: keyId, APPLE_PRIVATE_KEY: privateKey } = config;
    if (teamId === undefined) throw providerUnconfigured('apple', 'APPLE_TEAM_ID');
    if (keyId === undefined) throw providerUnconfigured('apple', 'APPLE_KEY_ID');
    if (privateKey === undefined) throw providerUnconfigured('apple', 'APPLE_PRIVATE_KEY');
    return { teamId, keyId, privateKey };
  }

  /** https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret */
  function clientSecret(clientId: string): string {
    const { teamId, keyId, privateKey } = developerKey();
    const nowSeconds = Math.floor(nowMs() / 1_000);
    return jwt.sign(
      { iss: teamId, sub: clientId, aud: SECRET_AUDIENCE, iat: nowSeconds, exp: nowSeconds + SECRET_TTL_SECONDS },
      privateKey,
      {
        algorithm: 'ES256',
        keyid: keyId,
      },
    );
  }

  return {
    get hasKey() {
      return (
        config.APPLE_TEAM_ID !== undefined &&
        config.APPLE_KEY_ID !== undefined &&
        config.APPLE_PRIVATE_KEY !== undefined
      );
    },
    requireKey: () => void developerKey(),
    exchange: ({ clientId, code, redirectUri, codeVerifier }) =>
      requestTokens(http, 'apple', config.APPLE_TOKEN_URL, {
        grant_type: 'authorization_code',
        client_id: clientId,
        client_secret: clientSecret(clientId),
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      }),
    async revoke(clientId, refreshToken) {
      const { status } = await http.send({
        url: config.APPLE_REVOKE_URL ?? beside(config.APPLE_TOKEN_URL, 'revoke'),
        method: 'POST',
        form: {
          client_id: clientId,
          client_secret: clientSecret(clientId),
          token: refreshToken,
          token_type_hint: 'refresh_token',
        },
      });
      // RFC 7009 §2.2: a token that is unknown or has ended is answered 200 too.
      return status === 200;
    },
  };
}
