import { z } from 'zod';
import { signInProvider } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { ProvenIdentity } from '../../providers/proven-identity.ts';
import type { Vault } from '../../vault/domain/vault.ts';
import { insertAttempt, takeProven } from '../stores/browser-sign-ins.ts';
import { digestOf, randomText } from './attempts.ts';
import { challengeOf, CODE, CODE_TTL_SECONDS, codeRefused } from './one-time-code.ts';

/** One-time codes that end a browser leg in link mode: who somebody is at a provider, for whoever has the verifier of the challenge. */
export interface LinkCodes {
  issue(proven: ProvenIdentity, redirectUri: string, codeChallenge: string): Promise<string>;
  /** The identity, once. Throws 401 for a code that is unknown, used or too old, or of another challenge, which does not use it up. */
  redeem(code: string, codeVerifier: string): Promise<ProvenIdentity>;
}

const proven = z.object({
  provider: signInProvider,
  subject: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean(),
  displayName: z.string().optional(),
  grant: z.object({ clientId: z.string(), refreshToken: z.string() }).optional(),
});

/** The attempt goes on under its code: found by it and the challenge, and sealed with it. */
export function createLinkCodes(db: Db, vault: Vault): LinkCodes {
  return {
    async issue({ provider, subject, email, emailVerified, displayName, grant }, redirectUri, codeChallenge) {
      const code = randomText();
      const identity = { provider, subject, email, emailVerified, displayName, grant };
      const sealed = vault.seal('link-code', Buffer.from(JSON.stringify(identity)), codeChallenge, Buffer.from(code));
      const attempt = {
        stateDigest: digestOf(code),
        bindingDigest: digestOf(codeChallenge),
        provider,
        sealed,
        redirectUri,
        appState: null,
        codeChallenge,
      };
      await insertAttempt(db, attempt, CODE_TTL_SECONDS);
      return code;
    },
    async redeem(code, codeVerifier) {
      if (!CODE.test(code)) throw codeRefused('malformed');
      const codeChallenge = challengeOf(codeVerifier);
      const sealed = await takeProven(db, digestOf(code), digestOf(codeChallenge));
      if (sealed === undefined) throw codeRefused('unknown');
      return proven.parse(JSON.parse(vault.open('link-code', sealed, codeChallenge, Buffer.from(code)).toString()));
    },
  };
}
