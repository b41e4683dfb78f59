import { login } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { signedInBody } from '../../sign-in/routes/signed-in.ts';
import { signInWithPassword } from '../login.ts';
import { refusePassword } from './refusals.ts';

export const loginRoute = (context: Context) =>
  route(login, async (call) => {
    const claim = { ...call.body, clientAddress: call.clientAddress };
    const tokens = await signInWithPassword(context, claim, clientInfoOf(call)).catch(refusePassword('password'));
    if (tokens === undefined) throw new AppError('auth.credential_invalid', { detail: 'Invalid credentials' });
    return { status: 200, body: await signedInBody(context, tokens) };
  });
