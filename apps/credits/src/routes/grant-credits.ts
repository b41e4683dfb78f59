import { grantCredits } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import type { GrantResult } from '../domain/grant.ts';
import { ownerOf, type Owner } from '../domain/owner.ts';
import { atMostOnce } from './at-most-once.ts';
import { accountClosed, invalidField, ownerErased } from './refusals.ts';

export const grantCreditsRoute = ({ ledger }: Context) =>
  route(grantCredits, async (call) => {
    const { body, caller } = call;
    const owner = ownerOf(body);
    const grant = {
      owner,
      amount: toMicro(body.amount),
      source: body.source,
      sourceRef: body.source_ref,
      transactionType: body.transaction_type,
      description: body.description,
      priority: body.priority,
      expiresAt: body.expires_at ? new Date(body.expires_at) : undefined,
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce({
      ledger,
      command: 'grant',
      args: grant,
      caller: grant.actor,
      endpoint: grantCredits.id,
      call,
    });
    const granted = grantedOrRefused(result, owner);
    return {
      status: 200,
      body: {
        grant_id: granted.grantId,
        granted: floorCredits(granted.granted),
        balance: floorCredits(granted.available),
        created: granted.created,
      },
      headers,
    };
  });

/** The grant, or the error that a refused one is answered with. */
export function grantedOrRefused(
  result: GrantResult,
  owner: Owner,
): Extract<GrantResult, { readonly outcome: 'granted' }> {
  switch (result.outcome) {
    case 'granted':
      return result;
    case 'closed':
      throw accountClosed();
    case 'erased':
      throw ownerErased(owner);
    case 'expired':
      throw invalidField('expires_at', 'Must be in the future');
    case 'limit':
      throw invalidField('amount', 'The balance would exceed what an account can hold');
  }
}
