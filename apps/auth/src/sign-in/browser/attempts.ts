import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SignInProvider } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { Vault } from '../../vault/domain/vault.ts';
import { insertAttempt, takeAttempt } from '../stores/browser-sign-ins.ts';

/** How long a person may take at the provider, in seconds. */
export const ATTEMPT_TTL_SECONDS = 600;
/** Randomness of state, nonce and binding, in bytes: 256 bits each. */
const SECRET_BYTES = 32;

/** What the one-time code at the end of an attempt is for: tokens, or one more way to sign in for whoever is signed in. */
export type AttemptPurpose = 'sign-in' | 'link';

/** What an app asks for when it sends a browser to sign in. */
export interface AttemptRequest {
  readonly provider: SignInProvider;
  /** On the allow-list, checked before. */
  readonly redirectUri: string;
  /** The app's own state; goes back to it untouched. */
  readonly appState: string | undefined;
  /** The app's own PKCE challenge (S256). */
  readonly codeChallenge: string | undefined;
  readonly purpose: AttemptPurpose;
}

/** A new attempt's secrets. `state` goes to the provider, `binding` into the browser's cookie, `nonce` into the identity token. */
export interface AttemptSecrets {
  readonly state: string;
  readonly binding: string;
  readonly nonce: string;
}

/** An attempt that came back to the browser that began it. */
export interface FinishedAttempt {
  readonly redirectUri: string;
  readonly appState: string | undefined;
  readonly codeChallenge: string | undefined;
  readonly purpose: AttemptPurpose;
  readonly nonce: string;
  /** PKCE verifier. */
  readonly verifier: string;
}

/** Attempts to sign in through the browser. */
export interface Attempts {
  newSecrets(): AttemptSecrets;
  keep(request: AttemptRequest, secrets: AttemptSecrets, verifier: string): Promise<void>;
  /** Takes the attempt of this state and browser; at most one caller gets it. */
  take(provider: SignInProvider, state: string, binding: string): Promise<FinishedAttempt | undefined>;
}

const secretsOf = z.object({ nonce: z.string(), verifier: z.string() });
/** An attempt to link has another shape, so that a release that knows of none cannot finish it as a sign-in. */
const sealedPart = z.union([
  z.object({ link: secretsOf }).transform(({ link }) => ({ ...link, purpose: 'link' as const })),
  secretsOf.transform((secrets) => ({ ...secrets, purpose: 'sign-in' as const })),
]);

export function createAttempts(db: Db, vault: Vault): Attempts {
  return {
    newSecrets: () => ({ state: randomText(), binding: randomText(), nonce: randomText() }),
    async keep(request, { state, binding, nonce }, verifier) {
      const { provider, redirectUri, appState = null, codeChallenge = null } = request;
      const secrets = { nonce, verifier };
      const secret = Buffer.from(JSON.stringify(request.purpose === 'link' ? { link: secrets } : secrets));
      const sealed = vault.seal('browser-sign-in', secret, contextOf(provider, state), Buffer.from(binding));
      const attempt = {
        stateDigest: digestOf(state),
        bindingDigest: digestOf(binding),
        provider,
        sealed,
        redirectUri,
        appState,
        codeChallenge,
      };
      await insertAttempt(db, attempt, ATTEMPT_TTL_SECONDS);
    },
    async take(provider, state, binding) {
      const taken = await takeAttempt(db, provider, digestOf(state), digestOf(binding));
      if (taken === undefined) return undefined;
      const opened = vault.open('browser-sign-in', taken.sealed, contextOf(provider, state), Buffer.from(binding));
      const { redirectUri, appState, codeChallenge } = taken;
      return {
        ...sealedPart.parse(JSON.parse(opened.toString())),
        redirectUri,
        appState: appState ?? undefined,
        codeChallenge: codeChallenge ?? undefined,
      };
    },
  };
}

/** SHA-256, as secrets with this much randomness are stored. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** 256 random bits, as text. */
export function randomText(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function contextOf(provider: SignInProvider, state: string): string {
  return `${provider}:${state}`;
}
