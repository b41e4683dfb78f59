import { createHash, randomBytes } from 'node:crypto';
import { startServer, type Answer, type Received, type RunningServer } from './http-server.ts';

/** An address as `/user/emails` lists it. */
export interface GithubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
}

/** A person with an account there. */
export interface GithubPerson {
  readonly id: number;
  readonly login: string;
  readonly name?: string | null;
  /** The public address of the profile, which nobody verified. */
  readonly email?: string | null;
  readonly emails: readonly GithubEmail[];
}

/** A GitHub-shaped server with one OAuth app of ours, and tokens of others. */
export interface GithubServer {
  readonly server: RunningServer;
  readonly clientId: string;
  readonly clientSecret: string;
  person: GithubPerson;
  denial: string | undefined;
  readonly received: Received[];
  /** An access token of a person, issued to an app; ours unless told. */
  issueToken(person?: GithubPerson, appId?: string): string;
  /** A code of a person, as an app of ours gets it. */
  issueCode(options?: {
    readonly person?: GithubPerson;
    readonly redirectUri?: string;
    readonly challenge?: string;
    readonly appId?: string;
  }): string;
}

interface IssuedCode {
  readonly person: GithubPerson;
  readonly appId: string;
  readonly redirectUri: string | undefined;
  readonly challenge: string | undefined;
}

export async function startGithub(): Promise<GithubServer> {
  const clientId = `Iv1.${randomBytes(8).toString('hex')}`;
  const clientSecret = randomBytes(20).toString('hex');
  const codes = new Map<string, IssuedCode>();
  const tokens = new Map<string, { person: GithubPerson; appId: string }>();

  function authorize({ query }: Received): Answer {
    const location = new URL(query.get('redirect_uri') ?? '');
    location.searchParams.set('state', query.get('state') ?? '');
    if (github.denial !== undefined) location.searchParams.set('error', github.denial);
    else {
      const challenge = query.get('code_challenge') ?? undefined;
      const redirectUri = query.get('redirect_uri') ?? undefined;
      const code = github.issueCode({
        appId: query.get('client_id') ?? '',
        ...(redirectUri && { redirectUri }),
        ...(challenge && { challenge }),
      });
      location.searchParams.set('code', code);
    }
    return { status: 302, headers: { location: location.toString() } };
  }

  /** GitHub answers mistakes with 200 and an `error`. */
  function accessToken({ form }: Received): Answer {
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return { status: 200, body: { error: 'incorrect_client_credentials' } };
    }
    const issued = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier');
    const challenge = verifier === null ? undefined : createHash('sha256').update(verifier).digest('base64url');
    if (issued === undefined || issued.appId !== clientId || issued.challenge !== challenge) {
      return { status: 200, body: { error: 'bad_verification_code' } };
    }
    if (issued.redirectUri !== undefined && issued.redirectUri !== form.get('redirect_uri')) {
      return { status: 200, body: { error: 'redirect_uri_mismatch' } };
    }
    return {
      status: 200,
      body: { access_token: github.issueToken(issued.person), token_type: 'bearer', scope: 'user:email' },
    };
  }

  function checkToken({ headers, path, text }: Received): Answer {
    const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    if (headers.authorization !== `Basic ${credentials}`) return { status: 401, body: { message: 'Bad credentials' } };
    const { access_token: presented } = JSON.parse(text) as { access_token: string };
    const token = tokens.get(presented);
    if (token === undefined || path !== `/applications/${token.appId}/token`)
      return { status: 404, body: { message: 'Not Found' } };
    return {
      status: 200,
      body: { app: { client_id: token.appId, name: 'app' }, user: { id: token.person.id, login: token.person.login } },
    };
  }

  function asPerson(request: Received, give: (person: GithubPerson) => unknown): Answer {
    const token = tokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '');
    return token === undefined
      ? { status: 401, body: { message: 'Bad credentials' } }
      : { status: 200, body: give(token.person) };
  }

  const server = await startServer((request) => {
    github.received.push(request);
    switch (request.path) {
      case '/login/oauth/authorize':
        return authorize(request);
      case '/login/oauth/access_token':
        return accessToken(request);
      case '/user':
        return asPerson(request, ({ emails: _emails, ...profile }) => profile);
      case '/user/emails':
        return asPerson(request, ({ emails }) => emails);
      default:
        return request.path.startsWith('/applications/')
          ? checkToken(request)
          : { status: 404, body: { message: 'Not Found' } };
    }
  });

  const github: GithubServer = {
    server,
    clientId,
    clientSecret,
    person: { id: 1, login: 'nobody', emails: [] },
    denial: undefined,
    received: [],
    issueToken(person = github.person, appId = clientId) {
      const token = `gho_${randomBytes(18).toString('hex')}`;
      tokens.set(token, { person, appId });
      return token;
    },
    issueCode({ person = github.person, redirectUri, challenge, appId = clientId } = {}) {
      const code = randomBytes(10).toString('hex');
      codes.set(code, { person, appId, redirectUri, challenge });
      return code;
    },
  };
  return github;
}
