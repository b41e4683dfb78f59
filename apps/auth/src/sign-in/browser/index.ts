import type { Config } from '../../config.ts';
import type { Db } from '../../database.ts';
import type { Providers } from '../../providers/index.ts';
import { publicUrlOf } from '../../providers/settings.ts';
import type { Vault } from '../../vault/domain/vault.ts';
import { createAttemptCookies, type AttemptCookies } from './attempt-cookie.ts';
import { ATTEMPT_TTL_SECONDS, createAttempts, type Attempts } from './attempts.ts';
import { createLinkCodes, type LinkCodes } from './link-codes.ts';
import { createSignInCodes, type SignInCodes, type SignInCodesOptions } from './sign-in-codes.ts';
import { createStrategyRunner, type StrategyRunner } from './strategy-runner.ts';

/** Signing in through the browser: an attempt begins here, goes to the provider, comes back, and ends with a one-time code. */
export interface BrowserFlow {
  readonly attempts: Attempts;
  readonly cookies: AttemptCookies;
  readonly strategies: StrategyRunner;
  readonly codes: SignInCodes;
  readonly linkCodes: LinkCodes;
  /** Whether an app's address is on the allow-list, compared character by character (RFC 9700 §2.1). */
  isAllowedRedirect(uri: string): boolean;
}

export interface BrowserFlowOptions extends SignInCodesOptions {
  readonly config: Pick<Config, 'PUBLIC_URL' | 'EDGE_PORT' | 'AUTH_REDIRECT_URIS'>;
  readonly db: Db;
  readonly vault: Vault;
  readonly providers: Providers;
}

export function createBrowserFlow({ config, db, vault, providers, ...codes }: BrowserFlowOptions): BrowserFlow {
  const publicUrl = publicUrlOf(config);
  const allowed = new Set(config.AUTH_REDIRECT_URIS);
  return {
    attempts: createAttempts(db, vault),
    cookies: createAttemptCookies(publicUrl, ATTEMPT_TTL_SECONDS),
    strategies: createStrategyRunner(providers, publicUrl),
    codes: createSignInCodes({ db, ...codes }),
    linkCodes: createLinkCodes(db, vault),
    isAllowedRedirect: (uri) => allowed.has(uri),
  };
}
