import { AuthenticationError } from './errors.ts';

/** A pair of tokens as sign-ins and refreshes answer it. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** Who calls: a person's session, a programme's key, or a service or operator. */
export type Credentials =
  | {
      readonly accessToken: string;
      /** With it, an expired access token is replaced once for all calls that wait, and each is repeated. */
      readonly refreshToken?: string | undefined;
      /** Told of every new pair, before calls go on: keep it, since the old refresh token no longer works. */
      readonly onTokens?: ((tokens: TokenPair) => void | Promise<void>) | undefined;
      /** Told once when the session has ended. */
      readonly onSignedOut?: (() => void) | undefined;
    }
  | { readonly apiKey: string }
  | { readonly serviceKey: string; readonly userId?: string | undefined }
  | { readonly adminKey: string };

/** Exchanges a refresh token for a new pair. */
export type Refresh = (refreshToken: string) => Promise<TokenPair>;

/** The headers that say who calls, kept up to date. */
export class CredentialHeaders {
  #credentials: Credentials | undefined;
  #refreshing: Promise<boolean> | undefined;
  readonly #refresh: Refresh;

  constructor(credentials: Credentials | undefined, refresh: Refresh) {
    this.#credentials = credentials;
    this.#refresh = refresh;
  }

  get current(): Readonly<Record<string, string>> {
    const credentials = this.#credentials;
    if (credentials === undefined) return {};
    if ('accessToken' in credentials) return { Authorization: `Bearer ${credentials.accessToken}` };
    if ('apiKey' in credentials) return { 'X-API-Key': credentials.apiKey };
    if ('adminKey' in credentials) return { 'X-Admin-Key': credentials.adminKey };
    const { serviceKey, userId } = credentials;
    return { 'X-Service-Key': serviceKey, ...(userId === undefined ? {} : { 'X-User-ID': userId }) };
  }

  /**
   * After a 401: whether the call may be repeated with a new access token; any number of calls share one refresh.
   * `used` is the header that was refused: where another call has replaced it, nothing is asked.
   */
  async renew(used: string | undefined, code: string): Promise<boolean> {
    const credentials = this.#credentials;
    if (credentials === undefined || !('accessToken' in credentials)) return false;
    if (used !== undefined && used !== this.current['Authorization']) return true;
    if (code === 'auth.session_revoked' || credentials.refreshToken === undefined) return this.#signedOut();
    this.#refreshing ??= this.#exchange(credentials.refreshToken).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #exchange(refreshToken: string): Promise<boolean> {
    try {
      const tokens = await this.#refresh(refreshToken);
      if (this.#credentials !== undefined && 'accessToken' in this.#credentials) {
        const { access_token: accessToken, refresh_token } = tokens;
        this.#credentials = { ...this.#credentials, accessToken, refreshToken: refresh_token };
        await this.#credentials.onTokens?.(tokens);
      }
      return true;
    } catch (error) {
      // Only a refusal ends the session; an outage leaves the tokens as they are.
      if (error instanceof AuthenticationError) return this.#signedOut();
      throw error;
    }
  }

  #signedOut(): false {
    const credentials = this.#credentials;
    if (credentials !== undefined && 'accessToken' in credentials && credentials.onSignedOut !== undefined) {
      this.#credentials = { ...credentials, onSignedOut: undefined };
      credentials.onSignedOut();
    }
    return false;
  }
}
