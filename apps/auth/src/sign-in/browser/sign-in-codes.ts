import { createHash } from 'node:crypto';
import { AppError } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import type { ClientInfo } from '../../sessions/domain/session.ts';
import { SessionRefused, type IssuedTokens, type Sessions } from '../../sessions/domain/sessions.ts';
import { insertSignInCode, redeemSignInCode } from '../stores/sign-in-codes.ts';
import { digestOf, randomText } from './attempts.ts';

/** Life of a one-time code, in seconds: long enough for a redirect and one call. */
const CODE_TTL_SECONDS = 60;
const CODE = /^[A-Za-z0-9_-]{43}$/;

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
      if (!CODE.test(code)) throw refused('malformed');
      const presented = { digest: digestOf(code), codeChallenge: challengeOf(codeVerifier) };
      return sessions.openBy(async (draft) => {
        let redemption = await redeemSignInCode(db, presented, draft, client);
        // The event that enabled the user again may not have arrived yet.
        if (redemption.outcome === 'disabled' && (await isActiveNow(redemption.userId))) {
          redemption = await redeemSignInCode(db, presented, draft, client);
        }
        if (redemption.outcome === 'opened') return redemption;
        if (redemption.outcome === 'disabled') throw new SessionRefused('account_disabled');
        if (redemption.outcome === 'reused') await announce(redemption.revocations);
        throw refused(redemption.outcome);
      });
    },
  };
}

/** RFC 7636 §4.6. */
function challengeOf(verifier: string | undefined): string | null {
  return verifier === undefined ? null : createHash('sha256').update(verifier).digest('base64url');
}

function refused(cause: string): AppError {
  return new AppError('auth.code_invalid', {
    detail: 'This code is not valid, has expired, or was used before.',
    cause,
  });
}
