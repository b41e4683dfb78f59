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
      const message = 'Not an allowed address (AUTH_REDIRECT_URIS)';
      throw new AppError('request.invalid', {
        detail: `query.redirect_uri: ${message}`,
        errors: [{ path: 'query.redirect_uri', message }],
      });
    }
    const secrets = attempts.newSecrets();
    const attempt = {
      provider,
      redirectUri: query.redirect_uri,
      appState: query.state,
      codeChallenge: query.code_challenge,
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
