import { verifyEmail } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { codeInvalid } from '../../email-codes/sign-in-codes.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { signedInBody } from '../../sign-in/routes/signed-in.ts';
import { finishSignUp } from '../registration.ts';

export const verifyEmailRoute = (context: Context) =>
  route(verifyEmail, async (call) => {
    const attempt = { ...call.body, clientAddress: call.clientAddress };
    const tokens = await finishSignUp(context, attempt, clientInfoOf(call));
    if (tokens === undefined) throw codeInvalid();
    return { status: 200, body: await signedInBody(context, tokens) };
  });
