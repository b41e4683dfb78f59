import { forgotPassword } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMail } from '../../email-codes/sign-in-codes.ts';
import { askForReset } from '../reset.ts';
import { refusePassword } from './refusals.ts';

export const forgotPasswordRoute = (context: Context) =>
  route(forgotPassword, async ({ body, clientAddress }) => {
    requireMail(context, 'Choosing a new password');
    await askForReset(context, body.email, clientAddress).catch(refusePassword('email'));
    return { status: 200, body: { message: 'If the address has an account, a reset mail is on its way' } };
  });
