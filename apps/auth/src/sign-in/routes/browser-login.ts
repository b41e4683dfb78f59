import { appleLogin, githubLogin, googleLogin, type SignInProvider } from '@turnpike/contracts';
import { AppError, route, type Call, type Route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { REDIRECT_HEADERS } from './redirect.ts';

type LoginCall = Pick<Call<typeof appleLogin>, 'query' | 'request'>;

/** `GET /api/v1/auth/{provider}/login`: begins an attempt and sends the browser to the provider. */
export function browserLoginRoutes({ browserFlow }: Context): Route[] {
  const { attempts, cookies, strategies } = browserFlow;

  async function begin(provider: SignInProvider, { query, request }: LoginCall) {
    strategies.requireConfigured(provider);
    if (!browserFlow.isAllowedRedirect(query.redirect_uri)) {
      throw invalid('query.redirect_uri', 'Not an allowed address (AUTH_REDIRECT_URIS)');
    }
    // Without one, whoever catches the code could link somebody else's identity to an account of their own.
    if (query.purpose === 'link' && query.code_challenge === undefined)
      throw invalid('query.code_challenge', 'Linking needs one');
    const secrets = attempts.newSecrets();
    const attempt = {
      provider,
      redirectUri: query.redirect_uri,
      appState: query.state,
      codeChallenge: query.code_challenge,
      purpose: query.purpose,
    };
    const location = await strategies.begin(provider, secrets.nonce, async (verifier) => {
      await attempts.keep(attempt, secrets, verifier);
      return secrets.state;
    });
    const setCookie = cookies.begin(provider, secrets.state, secrets.binding, request.headers.cookie);
    return {
      status: 302,
      body: null,
      headers: { ...REDIRECT_HEADERS, Location: location, 'Set-Cookie': setCookie },
    } as const;
  }

  return [
    route(appleLogin, (call) => begin('apple', call)),
    route(googleLogin, (call) => begin('google', call)),
    route(githubLogin, (call) => begin('github', call)),
  ];
}

function invalid(path: string, message: string): AppError {
  return new AppError('request.invalid', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
