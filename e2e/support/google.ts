import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Google as far as signing in from an app needs it: its keys, and the identity tokens it would give. */
export interface StandInGoogle {
  /** Settings of auth. */
  env: Readonly<Record<string, string>>;
  /** An identity token of somebody with a verified address. */
  identityToken: (subject: string, email: string) => string;
  close: () => Promise<void>;
}

const clientId = 'e2e.apps.googleusercontent.com';
const issuer = 'https://accounts.google.example';

export async function startStandInGoogle(): Promise<StandInGoogle> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'e2e', alg: 'RS256', use: 'sig' }],
  });
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    env: {
      GOOGLE_CLIENT_IDS: clientId,
      GOOGLE_CLIENT_SECRET: 'e2e-client-secret',
      GOOGLE_ISSUERS: issuer,
      GOOGLE_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`,
    },
    identityToken(subject, email) {
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        iss: issuer,
        aud: clientId,
        sub: subject,
        email,
        email_verified: true,
        iat: now,
        exp: now + 600,
        jti: randomUUID(),
      };
      const body = `${part({ alg: 'RS256', kid: 'e2e', typ: 'JWT' })}.${part(claims)}`;
      return `${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
