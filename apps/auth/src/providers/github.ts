import { displayNameOrNone, emailOrNone } from '@turnpike/contracts';
import { credentialRefused, providerUnavailable, providerUnconfigured } from './errors.ts';
import type { ProviderHttp } from './http.ts';
import type { ProvenIdentity } from './proven-identity.ts';
import type { ProviderConfig } from './settings.ts';
import { ask, membersOf, requestTokens, type ProviderTokens } from './token-endpoint.ts';

/** What an app got from GitHub: a code to exchange, or an access token that must turn out to be ours. */
export type GithubCredential =
  | { readonly code: string; readonly redirectUri?: string | undefined; readonly codeVerifier?: string | undefined }
  | { readonly accessToken: string };

/** Sign in with GitHub: OAuth 2.0 without identity tokens, so GitHub is asked who the token belongs to. */
export interface GithubProvider {
  readonly authorizationUrl: string;
  /** The OAuth app. Throws 503 naming the first setting that it lacks. */
  requireApp(): { readonly clientId: string; readonly clientSecret: string };
  prove(credential: GithubCredential): Promise<ProvenIdentity>;
  exchange(code: string, redirectUri: string | undefined, codeVerifier: string | undefined): Promise<ProviderTokens>;
  /** Proves what a code exchange of ours returned. */
  proveTokens(tokens: ProviderTokens): Promise<ProvenIdentity>;
}

const ACCEPT = 'application/vnd.github+json';

export function createGithub(config: ProviderConfig, http: Pick<ProviderHttp, 'send'>): GithubProvider {
  function requireApp() {
    const { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret } = config;
    if (clientId === undefined) throw providerUnconfigured('github', 'GITHUB_CLIENT_ID');
    if (clientSecret === undefined) throw providerUnconfigured('github', 'GITHUB_CLIENT_SECRET');
    return { clientId, clientSecret };
  }

  function exchange(
    code: string,
    redirectUri: string | undefined,
    codeVerifier: string | undefined,
  ): Promise<ProviderTokens> {
    const { clientId, clientSecret } = requireApp();
    return requestTokens(http, 'github', `${config.GITHUB_BASE_URL}/login/oauth/access_token`, {
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    });
  }

  /**
   * The owner of an access token, provided GitHub issued it to our app: otherwise any app's token would open the
   * account of whoever authorised that app. https://docs.github.com/rest/apps/oauth-applications#check-a-token
   */
  async function checkIssuedToUs(accessToken: string): Promise<string> {
    const { clientId, clientSecret } = requireApp();
    const { status, body } = await ask(http, 'github', {
      url: `${config.GITHUB_API_URL}/applications/${encodeURIComponent(clientId)}/token`,
      method: 'POST',
      headers: {
        accept: ACCEPT,
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      json: { access_token: accessToken },
    });
    if (status === 404 || status === 422) throw credentialRefused('github', 'the token is not of our app');
    if (status !== 200) throw providerUnavailable('github', `token check answered ${status}`);
    const { app, user } = membersOf(body);
    const { client_id: issuedTo = clientId } = membersOf(app);
    if (issuedTo !== clientId) throw credentialRefused('github', 'the token is of another app');
    return subjectOf(membersOf(user));
  }

  async function readPerson(accessToken: string): Promise<ProvenIdentity> {
    const headers = { accept: ACCEPT, authorization: `Bearer ${accessToken}` };
    const { status, body } = await ask(http, 'github', { url: `${config.GITHUB_API_URL}/user`, headers });
    if (status === 401) throw credentialRefused('github', 'the token has ended');
    if (status !== 200) throw providerUnavailable('github', `/user answered ${status}`);
    const user = membersOf(body);
    const email = await readPrimaryEmail(headers);
    return {
      provider: 'github',
      subject: subjectOf(user),
      email,
      emailVerified: email !== undefined,
      displayName: displayNameOrNone(user['name']) ?? displayNameOrNone(user['login']),
    };
  }

  /** The primary address if it is verified. `/user` shows a public address that nobody verified, so it is never taken from there. */
  async function readPrimaryEmail(headers: Readonly<Record<string, string>>): Promise<string | undefined> {
    const { status, body } = await ask(http, 'github', { url: `${config.GITHUB_API_URL}/user/emails`, headers });
    // The person did not grant `user:email`: they sign in without an address.
    if (status === 401 || status === 403 || status === 404) return undefined;
    if (status !== 200 || !Array.isArray(body)) throw providerUnavailable('github', `/user/emails answered ${status}`);
    const primary = body.map(membersOf).find((entry) => entry['primary'] === true && entry['verified'] === true);
    return emailOrNone(primary?.['email']);
  }

  async function proveTokens({ accessToken }: ProviderTokens): Promise<ProvenIdentity> {
    if (accessToken === undefined) throw providerUnavailable('github', 'the token endpoint returned no access token');
    return readPerson(accessToken);
  }

  return {
    authorizationUrl: `${config.GITHUB_BASE_URL}/login/oauth/authorize`,
    requireApp,
    exchange,
    proveTokens,
    async prove(credential) {
      if ('code' in credential)
        return proveTokens(await exchange(credential.code, credential.redirectUri, credential.codeVerifier));
      const owner = await checkIssuedToUs(credential.accessToken);
      const person = await readPerson(credential.accessToken);
      if (person.subject !== owner) throw credentialRefused('github', 'the token changed hands');
      return person;
    },
  };
}

/** GitHub's numeric id; the login name can change hands. */
function subjectOf(user: Readonly<Record<string, unknown>>): string {
  const { id } = user;
  if (!Number.isSafeInteger(id)) throw providerUnavailable('github', 'GitHub named no user id');
  return String(id);
}
