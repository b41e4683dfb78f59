import type { Request, Response } from 'express';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import type { SignInProvider } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { credentialRefused } from '../../providers/errors.ts';
import type { Providers } from '../../providers/index.ts';
import type { ProviderTokens } from '../../providers/token-endpoint.ts';
import { Apple, Github, Google, type Exchange, type ReturnedForm, type StrategyLeg } from './strategies.ts';

/** Runs the two legs of the browser flow through Passport. */
export interface StrategyRunner {
  /** Throws 503 naming the first setting that the provider's browser flow lacks. */
  requireConfigured(provider: SignInProvider): void;
  /** Whether it lacks none. */
  isConfigured(provider: SignInProvider): boolean;
  /** The provider's page to send the browser to. `keep` stores the attempt and returns its state. */
  begin(provider: SignInProvider, nonce: string, keep: (verifier: string) => Promise<string>): Promise<string>;
  /** Exchanges the code that came back. */
  finish(provider: SignInProvider, returned: ReturnedForm, verifier: string): Promise<ProviderTokens>;
}

type Outcome = { readonly location: string } | { readonly tokens: ProviderTokens };

/** `publicUrl`: where browsers reach us; the callback addresses told to the providers are under it. */
export function createStrategyRunner(providers: Providers, publicUrl: string): StrategyRunner {
  const authenticator = new passport.Passport();
  const ready = new Set<SignInProvider>();
  const make = {
    apple: () => new Apple({ ...shared('apple', []), ...appleClient() }),
    google: () => new Google({ ...shared('google', ['openid', 'email', 'profile']), ...googleClient() }),
    github: () => new Github({ ...shared('github', ['user:email']), ...githubClient() }),
  } as const;

  function shared(provider: SignInProvider, scope: string[]) {
    const { authorizationUrl } = providers[provider];
    return { authorizationUrl, callbackUrl: `${publicUrl}/api/v1/auth/${provider}/callback`, scope };
  }

  function appleClient() {
    const clientId = providers.apple.requireBrowser();
    return {
      clientId,
      exchange: (...[code, redirectUri, codeVerifier]: Parameters<Exchange>) =>
        providers.appleClient.exchange({ clientId, code, redirectUri, codeVerifier }),
    };
  }

  function googleClient() {
    const { clientId } = providers.google.requireBrowser();
    return { clientId, exchange: (...call: Parameters<Exchange>) => providers.google.exchange(...call) };
  }

  function githubClient() {
    const { clientId } = providers.github.requireApp();
    return { clientId, exchange: (...call: Parameters<Exchange>) => providers.github.exchange(...call) };
  }

  function requireConfigured(provider: SignInProvider): void {
    if (ready.has(provider)) return;
    authenticator.use(provider, make[provider]());
    ready.add(provider);
  }

  function isConfigured(provider: SignInProvider): boolean {
    try {
      requireConfigured(provider);
      return true;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  /**
   * Passport copies a strategy for each run only when it knows it by name (ADR 10). The leg stands in for the request,
   * so nothing of Passport's (login, sessions) reaches the real one.
   */
  function run(provider: SignInProvider, leg: StrategyLeg, options: { readonly nonce?: string }): Promise<Outcome> {
    requireConfigured(provider);
    return new Promise((resolve, reject) => {
      let location = '';
      const response = {
        setHeader: (name: string, value: string) => {
          if (name === 'Location') location = value;
        },
        end: () => resolve({ location }),
      };
      const done = (error: unknown, user?: unknown): void => {
        if (error) reject(causeOf(error));
        else if (user) resolve({ tokens: user as ProviderTokens });
        else reject(credentialRefused(provider, 'the strategy refused it'));
      };
      const drive = authenticator.authenticate(provider, options as passport.AuthenticateOptions, done) as (
        request: Request,
        response: Response,
        next: (error: unknown) => void,
      ) => void;
      drive(leg as unknown as Request, response as unknown as Response, (error) => reject(causeOf(error)));
    });
  }

  return {
    requireConfigured,
    isConfigured,
    async begin(provider, nonce, keep) {
      const outcome = await run(provider, { query: {}, nonce, keep }, { nonce });
      if (!('location' in outcome)) throw new Error(`${provider}: the first leg did not redirect`);
      return outcome.location;
    },
    async finish(provider, { code, state, user }, verifier) {
      const leg = provider === 'apple' ? { query: {}, body: { code, state, user } } : { query: { code, state } };
      const outcome = await run(provider, { ...leg, verifier }, {});
      if (!('tokens' in outcome)) throw new Error(`${provider}: the second leg returned no tokens`);
      return outcome.tokens;
    },
  };
}

/** Our own error, where the strategy has wrapped it. */
function causeOf(error: unknown): Error {
  if (error instanceof OAuth2Strategy.InternalOAuthError && error.oauthError instanceof Error) return error.oauthError;
  return error instanceof Error ? error : new Error('a sign-in strategy failed', { cause: error });
}
