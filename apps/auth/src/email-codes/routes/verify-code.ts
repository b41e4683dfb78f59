import { verifyCode } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { signInWithCode } from '../sign-in-codes.ts';

export const verifyCodeRoute = (context: Context) =>
  route(verifyCode, async (call) => {
    const tokens = await signInWithCode(context, call.body, call.clientAddress, clientInfoOf(call));
    return { status: 200, body: enveloped({ ...tokens.response, user_uuid: tokens.userId }) };
  });
