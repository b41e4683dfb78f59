import { verifyCode } from '@turnpike/contracts';
import { AppError, isStoreOutage, route } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

export const verifyCodeRoute = ({ account, signIn }: Context) =>
  route(verifyCode, async (call) => {
    const { email, code } = call.body;
    // Whoever reads the code reads the mailbox, so the address is verified, and is the identity's subject.
    const profile = { provider: 'email', subject: email, email, emailVerified: true };
    const open = () => signIn({ ...profile, client: clientInfoOf(call) }).catch(throwRefusal);
    const attempt = { purpose: 'sign_in', email, code, clientAddress: call.clientAddress } as const;
    const tokens = await account.verification.redeem(attempt, open, isOutage);
    if (tokens === undefined)
      throw new AppError('auth.code_invalid', { detail: 'The code is wrong or has expired. Ask for a new one.' });
    return { status: 200, body: enveloped({ ...tokens.response, user_uuid: tokens.userId }) };
  });

function isOutage(error: unknown): boolean {
  return isStoreOutage(error) || (error instanceof AppError && error.status >= 500);
}
