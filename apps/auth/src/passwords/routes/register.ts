import { register } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMail } from '../../email-codes/sign-in-codes.ts';
import { signUp } from '../registration.ts';
import { refusePassword } from './refusals.ts';

export const registerRoute = (context: Context) =>
  route(register, async ({ body, clientAddress }) => {
    const { clock, config } = context;
    if (config.emailVerification) requireMail(context, 'Signing up');
    const { email, password, first_name: firstName = null, last_name: lastName = null } = body;
    const request = { email, password, firstName, lastName };
    const id = await signUp(context, request, clientAddress).catch(refusePassword('password'));
    return {
      status: 201,
      body: {
        id,
        email,
        first_name: firstName,
        last_name: lastName,
        created_at: new Date(clock.nowMs()).toISOString(),
        verification_required: config.emailVerification,
      },
    };
  });
