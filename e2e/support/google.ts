import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody at Google, with a verified address. */
interface Person {
  readonly subject: string;
  readonly email: string;
}

/** Google as far as signing in needs it: its page in a browser, its token endpoint, its keys, and identity tokens as an app gets them. */
export interface StandInGoogle {
  /** Settings of auth. */
  env: Readonly<Record<string, string>>;
  /** Whom the page in the browser signs in. */
  person: Person;
  /** An identity token of somebody. */
  identityToken: (subject: string, email: string) => string;
  close: () => Promise<void>;
}

/** What a code stands for at the token endpoint. */
interface Issued {
  readonly person: Person;
  readonly nonce: string | null;
  readonly challenge: string | null;
  readonly redirectUri: string;
}

/** An OAuth client as Google's console shows it. */
const CLIENT = { id: 'e2e.apps.googleusercontent.com', secret: 'e2e-client-secret' };
const issuer = 'https://accounts.google.example';

export async function startStandInGoogle(client = CLIENT): Promise<StandInGoogle> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'e2e', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, Issued>();

  function identityToken({ subject, email }: Person, nonce: string | null): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: issuer,
      aud: client.id,
      sub: subject,
      email,
      email_verified: true,
      iat: now,
      exp: now + 600,
      jti: randomUUID(),
      ...(nonce !== null && { nonce }),
    };
    const body = `${part({ alg: 'RS256', kid: 'e2e', typ: 'JWT' })}.${part(claims)}`;
    return `${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`;
  }

  /** A page whose links lead back, as a person's click does. */
  function signInPage(asked: URLSearchParams): string {
    const code = randomUUID();
    const redirectUri = asked.get('redirect_uri') ?? '';
    const [nonce, challenge] = [asked.get('nonce'), asked.get('code_challenge')];
    codes.set(code, { person: google.person, nonce, challenge, redirectUri });
    const back = (outcome: Record<string, string>): string =>
      `${redirectUri}?${new URLSearchParams({ state: asked.get('state') ?? '', ...outcome }).toString().replaceAll('&', '&amp;')}`;
    return `<!doctype html><title>Stand-in Google</title><h1>Sign in with Google</h1>
      <a href="${back({ code })}">Continue</a> <a href="${back({ error: 'access_denied' })}">Cancel</a>`;
  }

  function tokens(form: URLSearchParams): object {
    const code = form.get('code') ?? '';
    const issued = codes.get(code);
    codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (issued?.challenge !== challenge || issued.redirectUri !== form.get('redirect_uri'))
      return { error: 'invalid_grant' };
    const lent = { access_token: randomUUID(), token_type: 'bearer', expires_in: 3_600 };
    return { ...lent, id_token: identityToken(issued.person, issued.nonce) };
  }

  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    if (url.pathname === '/authorize') respond(response, 'text/html', signInPage(url.searchParams));
    else if (url.pathname === '/token')
      void formOf(request).then((form) => respond(response, 'application/json', JSON.stringify(tokens(form))));
    else respond(response, 'application/json', JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const google: StandInGoogle = {
    env: {
      GOOGLE_CLIENT_IDS: client.id,
      GOOGLE_CLIENT_SECRET: client.secret,
      GOOGLE_ISSUERS: issuer,
      GOOGLE_JWKS_URL: `http://127.0.0.1:${port}/certs`,
      GOOGLE_TOKEN_URL: `http://127.0.0.1:${port}/token`,
      // Another site than 127.0.0.1, as the real one is: browsers keep strict cookies from what it begins.
      GOOGLE_AUTHORIZATION_URL: `http://localhost:${port}/authorize`,
    },
    person: { subject: 'nobody', email: 'nobody@example.com' },
    identityToken: (subject, email) => identityToken({ subject, email }, null),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return google;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function respond(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type);
  response.end(body);
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
