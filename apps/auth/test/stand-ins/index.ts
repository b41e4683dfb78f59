import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { startGithub, type GithubServer } from './github-server.ts';
import { startOpenIdProvider, type OpenIdProvider } from './openid-provider.ts';

/** The three providers, running, and the variables that make auth use them. */
export interface StandInProviders {
  readonly apple: OpenIdProvider;
  readonly google: OpenIdProvider;
  readonly github: GithubServer;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Where browser sign-ins may end in tests. */
export const APP_URI = 'https://app.example/signed-in';
export const MOBILE_URI = 'example-app://signed-in?from=turnpike';

/** Starts stand-ins for Apple (which checks our ES256 client secrets), Google and GitHub. */
export async function startProviders(): Promise<StandInProviders> {
  const appleKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = 'KEY1234567';
  const teamId = 'TEAM123456';
  const googleSecret = `GOCSPX-${randomUUID()}`;
  const apple = await startOpenIdProvider({
    responseMode: 'form_post',
    checkSecret: (clientId, secret) =>
      isClientSecret(secret, { clientId, teamId, keyId, publicKey: createPublicKey(appleKey.privateKey) }),
  });
  const google = await startOpenIdProvider({ checkSecret: (_clientId, secret) => secret === googleSecret });
  const github = await startGithub();
  const env = {
    AUTH_REDIRECT_URIS: `${APP_URI},${MOBILE_URI}`,
    APPLE_CLIENT_IDS: `${apple.clientId},com.example.ios`,
    APPLE_TEAM_ID: teamId,
    APPLE_KEY_ID: keyId,
    // As it is usually put into one variable.
    APPLE_PRIVATE_KEY: String(appleKey.privateKey.export({ format: 'pem', type: 'pkcs8' })).replaceAll(
      '\n',
      String.raw`\n`,
    ),
    APPLE_ISSUER: apple.issuer,
    APPLE_JWKS_URL: apple.jwksUrl,
    APPLE_TOKEN_URL: apple.tokenUrl,
    GOOGLE_CLIENT_IDS: `${google.clientId},android.example`,
    GOOGLE_CLIENT_SECRET: googleSecret,
    GOOGLE_ISSUERS: `${google.issuer},accounts.google.example`,
    GOOGLE_JWKS_URL: google.jwksUrl,
    GOOGLE_AUTHORIZATION_URL: google.authorizationUrl,
    GOOGLE_TOKEN_URL: google.tokenUrl,
    GITHUB_CLIENT_ID: github.clientId,
    GITHUB_CLIENT_SECRET: github.clientSecret,
    GITHUB_BASE_URL: github.server.url,
    GITHUB_API_URL: github.server.url,
  };
  return {
    apple,
    google,
    github,
    env,
    async close() {
      await Promise.all([apple.server.close(), google.server.close(), github.server.close()]);
    },
  };
}

interface ExpectedSecret {
  readonly clientId: string;
  readonly teamId: string;
  readonly keyId: string;
  readonly publicKey: ReturnType<typeof createPublicKey>;
}

/** What Apple checks of a client secret. */
function isClientSecret(secret: string, { clientId, teamId, keyId, publicKey }: ExpectedSecret): boolean {
  try {
    const { header, payload } = jwt.verify(secret, publicKey, {
      algorithms: ['ES256'],
      issuer: teamId,
      subject: clientId,
      audience: 'https://appleid.apple.com',
      complete: true,
    });
    return (
      header.kid === keyId && typeof payload === 'object' && payload.exp !== undefined && payload.iat !== undefined
    );
  } catch {
    return false;
  }
}
