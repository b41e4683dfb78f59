import { openAccount } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { openNewAccount } from '../sign-up.ts';
import { accountClosed } from './refusals.ts';

export const openAccountRoute = (context: Context) =>
  route(openAccount, async ({ body, caller }) => {
    const outcome = await openNewAccount(context, {
      userId: body.user_id,
      credits: body.signup_credits,
      lineageId: body.lineage_id,
      actor: `service:${caller.name}`,
    });
    switch (outcome) {
      case 'granted':
      case 'nothing':
        return { status: 200, body: { user_id: body.user_id } };
      case 'closed':
        throw accountClosed();
      case 'erased':
        throw new AppError('resource.gone', { detail: 'This user was deleted.' });
      case 'expired':
      case 'limit':
        throw new Error(`a sign-up grant was refused: ${outcome}`);
    }
  });
