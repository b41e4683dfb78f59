import { register } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMail } from '../../email-codes/sign-in-codes.ts';
import { inviteProves } from '../../organisations/invites/invite-proves.ts';
import { signUp } from '../registration.ts';
import { refusePassword } from './refusals.ts';

export const registerRoute = (context: Context) =>
  route(register, async ({ body, clientAddress }) => {
    const { clock, config } = context;
    const { email, password, first_name: firstName = null, last_name: lastName = null, invite_token: token } = body;
    const proven = token !== undefined && (await inviteProves(context, token, email));
    const mustVerify = config.emailVerification && !proven;
    if (mustVerify) requireMail(context, 'Signing up');
    const request = { email, password, firstName, lastName, proven };
    const id = await signUp(context, request, clientAddress).catch(refusePassword('password'));
    return {
      status: 201,
      body: {
        id,
        email,
        first_name: firstName,
        last_name: lastName,
        created_at: new Date(clock.nowMs()).toISOString(),
        verification_required: mustVerify,
      },
    };
  });
