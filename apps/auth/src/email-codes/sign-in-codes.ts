import { AppError, unavailable } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import type { IssuedTokens } from '../sessions/domain/sessions.ts';
import { throwRefusal } from '../sessions/routes/refusals.ts';
import { TooManyCodes } from './domain/verification.ts';
import { isPassingFault } from './passing-fault.ts';

/** Throws 503 where there is no mail server to send codes by. */
export function requireMail({ config }: Pick<Context, 'config'>, what: string): void {
  if (config.SMTP_URL === undefined) throw unavailable(what, 'SMTP_URL is not set', 60);
}

/** Mails a sign-in code, whichever door it was asked for at. Throws 429, and 503 where no mail can be sent. */
export async function sendSignInCode(context: Context, email: string, clientAddress: string): Promise<void> {
  requireMail(context, 'Sign-in by e-mail');
  const { mailQueue, verification } = context;
  await verification
    .send({ purpose: 'sign_in', email, clientAddress }, ({ id, ...mail }) =>
      mailQueue.add(id, { template: 'sign_in_code', to: email, ...mail }),
    )
    .catch(refuse);
}

/** Signs in with a mailed code. Throws 401 for one that is not right, and what a refused sign-in throws. */
export async function signInWithCode(
  { verification, signIn }: Context,
  { email, code }: { readonly email: string; readonly code: string },
  clientAddress: string,
  client: ClientInfo,
): Promise<IssuedTokens> {
  // Whoever reads the code reads the mailbox, so the address is verified, and is the identity's subject.
  const profile = { provider: 'email', subject: email, email, emailVerified: true };
  const open = () => signIn({ ...profile, client }).catch(throwRefusal);
  const attempt = { purpose: 'sign_in', email, code, clientAddress } as const;
  const tokens = await verification.redeem(attempt, open, isPassingFault);
  if (tokens === undefined) throw codeInvalid();
  return tokens;
}

/** The refusal of a code that is not right, for whatever reason. */
export function codeInvalid(): AppError {
  return new AppError('auth.code_invalid', { detail: 'The code is wrong or has expired. Ask for a new one.' });
}

function refuse(error: unknown): never {
  if (!(error instanceof TooManyCodes)) throw error;
  throw new AppError('rate_limit.exceeded', {
    detail: `A code was sent a short time ago. Try again in ${error.retryAfterSeconds} seconds.`,
    headers: { 'Retry-After': String(error.retryAfterSeconds) },
  });
}
