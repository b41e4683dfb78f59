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
    const proof = proofOf(body, bearerOf(call.request.headers.authorization));
    const done = await resetPassword(context, proof, password, clientInfoOf(call), clientAddress).catch(
      refusePassword(member),
    );
    if (!done) {
      throw new AppError('auth.reset_invalid', {
        detail: 'The link or code is wrong, was used, or has expired. Ask for a new one.',
      });
    }
    return { status: 200, body: { message: 'Password changed' } };
  });

/** Throws 422 where there is neither a token nor an address with a code, and 400 for two different tokens. */
function proofOf(
  { token: named, email, code }: Input<typeof endpoint, 'body'>,
  bearer: string | undefined,
): ResetProof {
  if (named !== undefined && bearer !== undefined && named !== bearer)
    throw new AppError('auth.ambiguous', { detail: 'The request has two different tokens.' });
  const token = named ?? bearer;
  if (token !== undefined) return { token };
  if (email !== undefined && code !== undefined) return { email, code };
  const message = 'Send `token`, or `email` and `code`';
  throw new AppError('request.invalid', {
    detail: `body.token: ${message}`,
    errors: [{ path: 'body.token', message }],
  });
}

function bearerOf(authorization = ''): string | undefined {
  return /^bearer +(?<token>\S+)$/i.exec(authorization)?.groups?.['token'];
}
