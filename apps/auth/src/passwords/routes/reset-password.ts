import { resetPassword as endpoint, type Input } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { resetPassword, type ResetProof } from '../reset.ts';
import { refusePassword } from './refusals.ts';

export const resetPasswordRoute = (context: Context) =>
  route(endpoint, async (call) => {
    const { body, clientAddress } = call;
    const member = body.new_password === undefined ? 'password' : 'new_password';
    const password = body.new_password ?? body.password ?? '';
    const done = await resetPassword(context, proofOf(body), password, clientInfoOf(call), clientAddress).catch(
      refusePassword(member),
    );
    if (!done) {
      throw new AppError('auth.reset_invalid', {
        detail: 'The link or code is wrong, was used, or has expired. Ask for a new one.',
      });
    }
    return { status: 200, body: { message: 'Password changed' } };
  });

/** The contract has checked that there is a token, or an address with a code. */
function proofOf({ token, email = '', code = '' }: Input<typeof endpoint, 'body'>): ResetProof {
  return token === undefined ? { email, code } : { token };
}
