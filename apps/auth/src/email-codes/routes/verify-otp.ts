import { verifyOtp } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { signedInBody } from '../../sign-in/routes/signed-in.ts';
import { signInWithCode } from '../sign-in-codes.ts';

export const verifyOtpRoute = (context: Context) =>
  route(verifyOtp, async (call) => {
    const tokens = await signInWithCode(context, call.body, call.clientAddress, clientInfoOf(call));
    return { status: 200, body: await signedInBody(context, tokens) };
  });
