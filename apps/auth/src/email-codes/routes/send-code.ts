import { sendCode } from '@turnpike/contracts';
import { AppError, route, unavailable } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { TooManyCodes } from '../domain/verification.ts';

export const sendCodeRoute = ({ account, config }: Context) =>
  route(sendCode, async ({ body, clientAddress }) => {
    if (config.SMTP_URL === undefined) throw unavailable('Sign-in by e-mail', 'SMTP_URL is not set', 60);
    await account.verification.send('sign_in', body.email, clientAddress).catch(refuse);
    return { status: 202, body: enveloped({}) };
  });

function refuse(error: unknown): never {
  if (!(error instanceof TooManyCodes)) throw error;
  throw new AppError('rate_limit.exceeded', {
    detail: `A code was sent a short time ago. Try again in ${error.retryAfterSeconds} seconds.`,
    headers: { 'Retry-After': String(error.retryAfterSeconds) },
  });
}
