import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { startServer, type Answer, type Received, type RunningServer } from './http-server.ts';

/** A person who signs in at the provider. Members are claims of the identity token. */
export type Person = Readonly<Record<string, unknown>> & { readonly sub: string };

/** A key pair of the provider. */
export interface ProviderKeyPair {
  readonly kid: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
}

export interface ProviderOptions {
  /** `form_post` answers the authorisation request with a form, as Apple does. */
  readonly responseMode?: 'query' | 'form_post';
  readonly algorithm?: 'RS256' | 'ES256';
  /** Checks the client's secret; default: anything. */
  readonly checkSecret?: (clientId: string, secret: string) => boolean;
}

interface IssuedCode {
  readonly clientId: string;
  readonly redirectUri: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: string | undefined;
  readonly person: Person;
}

/** An OpenID provider with real keys and signatures: authorisation, token, revocation and key endpoints. */
export interface OpenIdProvider {
  readonly server: RunningServer;
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Who is signed in at the provider's pages. */
  person: Person;
  /** Set to make the person press "Cancel", or the provider fail: the `error` sent back. */
  denial: string | undefined;
  /** Replaces claims of the identity tokens that the token endpoint gives. */
  tokenClaims: Readonly<Record<string, unknown>>;
  /** Replaces what the token endpoint answers. */
  tokenAnswer: string | undefined;
  readonly received: Received[];
  /** Tokens that were revoked, in order. */
  readonly revoked: string[];
  readonly issuedRefreshTokens: string[];
  readonly keyFetches: () => number;
  readonly currentKey: () => ProviderKeyPair;
  /** Replaces the key; the old one is no longer published. */
  rotate(): void;
  /** An identity token as the provider would sign it now; `undefined` claims are left out. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    key?: ProviderKeyPair,
    header?: Readonly<Record<string, unknown>>,
  ): string;
  /** A code as an app gets it from the provider's sheet. */
  issueCode(person?: Person, clientId?: string): string;
}

/** A new key pair, published nowhere. */
export function newProviderKey(algorithm: 'RS256' | 'ES256' = 'RS256'): ProviderKeyPair {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: randomUUID(), algorithm, privateKey };
}

export async function startOpenIdProvider(options: ProviderOptions = {}): Promise<OpenIdProvider> {
  const { responseMode = 'query', algorithm = 'RS256', checkSecret = () => true } = options;
  const clientId = `client-${randomUUID()}`;
  const codes = new Map<string, IssuedCode>();
  let key = newProviderKey(algorithm);

  function authorize({ query }: Received): Answer {
    const redirectUri = query.get('redirect_uri') ?? '';
    const answer: Record<string, string> = { state: query.get('state') ?? '' };
    if (provider.denial === undefined) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, {
        clientId: query.get('client_id') ?? '',
        redirectUri,
        nonce: query.get('nonce') ?? undefined,
        challenge: query.get('code_challenge') ?? undefined,
        person: provider.person,
      });
      answer['code'] = code;
    } else answer['error'] = provider.denial;
    if (responseMode === 'form_post') {
      const { firstName, lastName } = provider.person as { firstName?: string; lastName?: string };
      if (firstName !== undefined)
        answer['user'] = JSON.stringify({ name: { firstName, lastName }, email: 'unsigned@example.com' });
      const inputs = Object.entries(answer).map(
        ([name, value]) => `<input type="hidden" name="${name}" value="${encodeURIComponent(value)}">`,
      );
      return { status: 200, body: `<form method="post" action="${redirectUri}">${inputs.join('')}</form>` };
    }
    const location = new URL(redirectUri);
    for (const [name, value] of Object.entries(answer)) location.searchParams.set(name, value);
    return { status: 302, headers: { location: location.toString() } };
  }

  function token({ form }: Received): Answer {
    if (provider.tokenAnswer !== undefined) return { status: 200, body: provider.tokenAnswer };
    const client = form.get('client_id') ?? '';
    if (!checkSecret(client, form.get('client_secret') ?? ''))
      return { status: 400, body: { error: 'invalid_client' } };
    const code = form.get('code') ?? '';
    const issued = codes.get(code);
    codes.delete(code);
    const verifier = form.get('code_verifier');
    const challenge = verifier === null ? undefined : createHash('sha256').update(verifier).digest('base64url');
    const good =
      issued !== undefined &&
      issued.clientId === client &&
      issued.redirectUri === (form.get('redirect_uri') ?? undefined) &&
      issued.challenge === challenge;
    if (!good) return { status: 400, body: { error: 'invalid_grant' } };
    const refreshToken = `rt-${issued.person.sub}-${randomBytes(8).toString('hex')}`;
    provider.issuedRefreshTokens.push(refreshToken);
    const claims = { ...issued.person, aud: client, nonce: issued.nonce, ...provider.tokenClaims };
    return {
      status: 200,
      body: {
        access_token: randomBytes(16).toString('hex'),
        refresh_token: refreshToken,
        id_token: provider.sign(claims),
        token_type: 'bearer',
        expires_in: 3600,
      },
    };
  }

  function revoke({ form }: Received): Answer {
    if (!checkSecret(form.get('client_id') ?? '', form.get('client_secret') ?? ''))
      return { status: 400, body: { error: 'invalid_client' } };
    provider.revoked.push(form.get('token') ?? '');
    return { status: 200 };
  }

  function jwks(): Answer {
    const jwk = createPublicKey(key.privateKey).export({ format: 'jwk' });
    const encryption = {
      ...createPublicKey(newProviderKey('ES256').privateKey).export({ format: 'jwk' }),
      kid: 'enc',
      use: 'enc',
    };
    return {
      status: 200,
      body: {
        keys: [encryption, { kty: 'unknown', kid: 'odd' }, { ...jwk, kid: key.kid, use: 'sig', alg: key.algorithm }],
      },
    };
  }

  const handlers: Record<string, (request: Received) => Answer> = {
    '/auth/keys': jwks,
    '/auth/authorize': authorize,
    '/auth/token': token,
    '/auth/revoke': revoke,
  };
  const server = await startServer((request) => {
    provider.received.push(request);
    return handlers[request.path]?.(request) ?? { status: 404, body: {} };
  });

  const provider: OpenIdProvider = {
    server,
    issuer: server.url,
    jwksUrl: `${server.url}/auth/keys`,
    authorizationUrl: `${server.url}/auth/authorize`,
    tokenUrl: `${server.url}/auth/token`,
    clientId,
    person: { sub: 'nobody' },
    denial: undefined,
    tokenClaims: {},
    tokenAnswer: undefined,
    received: [],
    revoked: [],
    issuedRefreshTokens: [],
    keyFetches: () => provider.received.filter(({ path }) => path === '/auth/keys').length,
    currentKey: () => key,
    rotate: () => {
      key = newProviderKey(algorithm);
    },
    sign(claims = {}, signWith = key, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: server.url, aud: clientId, iat: now, exp: now + 600, ...provider.person, ...claims };
      const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return jwt.sign(present, signWith.privateKey, {
        algorithm: signWith.algorithm,
        header: { alg: signWith.algorithm, kid: signWith.kid, ...header },
        noTimestamp: !('iat' in present),
      });
    },
    issueCode(person = provider.person, client = clientId) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, { clientId: client, redirectUri: undefined, nonce: undefined, challenge: undefined, person });
      return code;
    },
  };
  return provider;
}
