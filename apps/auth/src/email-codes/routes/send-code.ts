import { sendCode } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { sendSignInCode } from '../sign-in-codes.ts';

export const sendCodeRoute = (context: Context) =>
  route(sendCode, async ({ body, clientAddress }) => {
    await sendSignInCode(context, body.email, clientAddress);
    return { status: 202, body: enveloped({}) };
  });
