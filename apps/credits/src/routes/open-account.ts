import { openAccount } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ownerOf } from '../domain/owner.ts';
import { openNewAccount } from '../sign-up.ts';
import { accountClosed, ownerErased } from './refusals.ts';

export const openAccountRoute = (context: Context) =>
  route(openAccount, async ({ body, caller }) => {
    const owner = ownerOf(body);
    const outcome = await openNewAccount(context, {
      owner,
      credits: body.signup_credits,
      lineageId: body.lineage_id,
      actor: `service:${caller.name}`,
    });
    switch (outcome) {
      case 'granted':
      case 'opened':
        return { status: 200, body: { ...(owner.type === 'user' ? { user_id: owner.id } : {}), owner } };
      case 'closed':
        throw accountClosed();
      case 'erased':
        throw ownerErased(owner);
      case 'expired':
      case 'limit':
        throw new Error(`a sign-up grant was refused: ${outcome}`);
    }
  });
