import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import type { ClientInfo } from '../../sessions/domain/session.ts';
import { SessionRefused, type IssuedTokens, type Sessions } from '../../sessions/domain/sessions.ts';
import { insertSignInCode, redeemSignInCode } from '../stores/sign-in-codes.ts';
import { digestOf, randomText } from './attempts.ts';
import { challengeOf, CODE, CODE_TTL_SECONDS, codeRefused } from './one-time-code.ts';

/** One-time codes that end a browser sign-in. */
export interface SignInCodes {
  /** A new code for a user who just signed in with a provider. */
  issue(userId: string, method: string, codeChallenge: string | undefined): Promise<string>;
  /** Tokens for a code. Throws 401; a second use ends the session that the first use opened. */
  redeem(code: string, codeVerifier: string | undefined, client: ClientInfo): Promise<IssuedTokens>;
}

export interface SignInCodesOptions {
  readonly db: Db;
  readonly sessions: Pick<Sessions, 'openBy'>;
  /** Tells the edges; never rejects. */
  readonly announce: (revocations: readonly RecordedRevocation[]) => Promise<void>;
  /** Asks users whether a user may sign in now, and records the answer. */
  readonly isActiveNow: (userId: string) => Promise<boolean>;
}

export function createSignInCodes({ db, sessions, announce, isActiveNow }: SignInCodesOptions): SignInCodes {
  return {
    async issue(userId, method, codeChallenge) {
      const code = randomText();
      await insertSignInCode(
        db,
        { digest: digestOf(code), userId, method, codeChallenge: codeChallenge ?? null },
        CODE_TTL_SECONDS,
      );
      return code;
    },
    async redeem(code, codeVerifier, client) {
      if (!CODE.test(code)) throw codeRefused('malformed');
      const presented = {
        digest: digestOf(code),
        codeChallenge: codeVerifier === undefined ? null : challengeOf(codeVerifier),
      };
      return sessions.openBy(async (draft) => {
        let redemption = await redeemSignInCode(db, presented, draft, client);
        // The event that enabled the user again may not have arrived yet.
        if (redemption.outcome === 'disabled' && (await isActiveNow(redemption.userId))) {
          redemption = await redeemSignInCode(db, presented, draft, client);
        }
        if (redemption.outcome === 'opened') return redemption;
        if (redemption.outcome === 'disabled') throw new SessionRefused('account_disabled');
        if (redemption.outcome === 'reused') await announce(redemption.revocations);
        throw codeRefused(redemption.outcome);
      });
    },
  };
}
