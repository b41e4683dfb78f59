import { requestOtp } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { sendSignInCode } from '../sign-in-codes.ts';

export const requestOtpRoute = (context: Context) =>
  route(requestOtp, async ({ body, clientAddress }) => {
    await sendSignInCode(context, body.email, clientAddress);
    return { status: 200, body: { message: 'OTP sent to your email' } };
  });
