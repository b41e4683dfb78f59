import AppleStrategy from 'passport-apple';
import passportGithub from 'passport-github2';
import passportGoogle from 'passport-google-oauth20';
import type OAuth2Strategy from 'passport-oauth2';
import type { ProviderTokens } from '../../providers/token-endpoint.ts';

/** What a strategy sees in place of a request: only what it needs of the leg it drives. */
export type StrategyLeg =
  | {
      readonly query: Record<string, never>;
      readonly nonce: string;
      /** Keeps the attempt with the PKCE verifier that the strategy made; returns the state. */
      readonly keep: (verifier: string) => Promise<string>;
    }
  | { readonly query: Readonly<Record<string, string>>; readonly body?: ReturnedForm; readonly verifier: string };

/** What a provider's page sent back: in the query, or (Apple) as a form. */
export interface ReturnedForm {
  readonly code: string;
  readonly state: string;
  /** Apple's: the person's name as a JSON document that nobody signed, at the first sign-in only. */
  readonly user?: string | undefined;
}

/** Exchanges a code at the provider, in our own bounded HTTP client. */
export type Exchange = (code: string, redirectUri: string, codeVerifier: string) => Promise<ProviderTokens>;

/** A provider's client and addresses in the browser flow. */
export interface StrategyOptions {
  readonly clientId: string;
  readonly authorizationUrl: string;
  readonly callbackUrl: string;
  readonly scope: string[];
  readonly exchange: Exchange;
}

/** passport-oauth2 calls it with five and four arguments, which it tells from the number of parameters. */
const attemptStore = {
  store(
    leg: StrategyLeg,
    verifier: string,
    _appState: unknown,
    _meta: unknown,
    done: (error: unknown, state?: string) => void,
  ): void {
    if (!('keep' in leg)) return done(new Error('not the first leg'));
    void answer(() => leg.keep(verifier), done);
  },
  /** The route has matched state and browser before; what is left is to hand over the verifier. */
  verify(leg: StrategyLeg, _state: string, _meta: unknown, done: (error: unknown, verifier?: string) => void): void {
    if (!('verifier' in leg)) return done(new Error('not the second leg'));
    done(null, leg.verifier);
  },
};

function optionsOf({ clientId, authorizationUrl, callbackUrl, scope }: StrategyOptions) {
  return {
    clientID: clientId,
    // Neither is used: the exchange is ours.
    clientSecret: '-',
    tokenURL: authorizationUrl,
    authorizationURL: authorizationUrl,
    callbackURL: callbackUrl,
    scope,
    pkce: true,
    store: attemptStore as unknown as OAuth2Strategy.StateStore,
    skipUserProfile: true,
  };
}

/** The strategy's user is what the token endpoint returned; who that is, our own verification says. */
function giveTokens(
  _access: string,
  _refresh: string,
  tokens: object,
  _profile: unknown,
  done: OAuth2Strategy.VerifyCallback,
): void {
  done(null, tokens);
}

/** Returns the outcome of a promise to a callback of Node's old kind; what the callback throws comes back to it as an error. */
async function answer<T>(work: () => Promise<T>, done: (error: unknown, value?: T) => void): Promise<void> {
  try {
    done(null, await work());
  } catch (error) {
    done(error);
  }
}

type TokenCallback = (error: unknown, accessToken?: string, refreshToken?: string, tokens?: ProviderTokens) => void;

/** Puts our exchange in the place of node-oauth's (ADR 10). */
function useExchange(oauth2: object, exchange: Exchange): void {
  const getOAuthAccessToken = (code: string, params: Readonly<Record<string, string>>, done: TokenCallback): void => {
    void answer(
      () => exchange(code, params['redirect_uri'] ?? '', params['code_verifier'] ?? ''),
      // The strategies insist on an access token; only GitHub's is used.
      (error, tokens) =>
        tokens === undefined ? done(error) : done(null, tokens.accessToken ?? '-', undefined, tokens),
    );
  };
  Object.assign(oauth2, { getOAuthAccessToken });
}

/** Sign in with Google: passport-google-oauth20, with the nonce that it does not know. */
export class Google extends passportGoogle.Strategy {
  constructor(options: StrategyOptions) {
    super(optionsOf(options), giveTokens);
    useExchange(this._oauth2, options.exchange);
  }

  override authorizationParams(options: { readonly nonce: string }): object {
    return { ...super.authorizationParams({}), nonce: options.nonce };
  }
}

/** Sign in with GitHub: passport-github2. Plain OAuth 2.0 has no nonce. */
export class Github extends passportGithub.Strategy {
  constructor(options: StrategyOptions) {
    super({ ...optionsOf(options), scopeSeparator: ' ' }, giveTokens);
    useExchange(this._oauth2, options.exchange);
  }
}

/**
 * Sign in with Apple: passport-apple, of which docs/adr/0010-why-passport-builds-the-request-and-no-more.md says what is overridden and why.
 * It is given no key, so it can sign nothing.
 */
export class Apple extends AppleStrategy {
  constructor(options: StrategyOptions) {
    // Its scope is its own: name and e-mail address.
    const { scope: _ours, ...shared } = optionsOf(options);
    const ownKey = { teamID: '-', keyID: '-', privateKeyString: '', passReqToCallback: false as const };
    super({ ...shared, ...ownKey }, giveTokens as unknown as AppleStrategy.VerifyFunction);
    useExchange(this._oauth2, options.exchange);
  }

  /** The library writes into the request and parses `user` unguarded: it gets a copy, with a `user` only if that is a JSON object. */
  override authenticate(...[leg, options]: Parameters<AppleStrategy['authenticate']>): void {
    const { body, ...rest } = leg as unknown as StrategyLeg & { readonly body?: ReturnedForm };
    const copy = body === undefined ? rest : { ...rest, body: { ...body, user: objectText(body.user) } };
    super.authenticate(copy as unknown as typeof leg, options);
  }

  /** The library makes a state of its own where it finds none, and puts every option into the address: only its constants are taken. */
  override authorizationParams({ nonce }: { readonly nonce: string }): AppleStrategy.AppleAuthorizationParams {
    const { response_mode, scope } = super.authorizationParams({ state: '-' });
    return { response_mode, scope, nonce } as unknown as AppleStrategy.AppleAuthorizationParams;
  }
}

/** The text, where it is a JSON object. */
function objectText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? text : undefined;
  } catch {
    return undefined;
  }
}
