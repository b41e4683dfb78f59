import { grantCredits } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import type { GrantResult } from '../stores/ledger-store.ts';
import { atMostOnce } from './at-most-once.ts';
import { accountClosed, invalidField } from './refusals.ts';

export const grantCreditsRoute = ({ ledger }: Context) =>
  route(grantCredits, async (call) => {
    const { body, caller } = call;
    const grant = {
      owner_id: body.user_id,
      amount: toMicro(body.amount).toString(),
      source: body.source,
      source_ref: body.source_ref,
      transaction_type: body.transaction_type,
      description: body.description,
      priority: body.priority,
      expires_at: body.expires_at,
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce(ledger, grant.actor, grantCredits.id, call, 'grant', grant, () =>
      ledger.grant(grant),
    );
    const granted = grantedOrRefused(result);
    return {
      status: 200,
      body: {
        grant_id: granted.grant_id,
        granted: floorCredits(BigInt(granted.granted)),
        balance: floorCredits(BigInt(granted.available)),
        created: granted.created,
      },
      headers,
    };
  });

/** The grant, or the error that a refused one is answered with. */
export function grantedOrRefused(result: GrantResult): Extract<GrantResult, { outcome: 'granted' }> {
  switch (result.outcome) {
    case 'granted':
      return result;
    case 'closed':
      throw accountClosed();
    case 'erased':
      throw new AppError('resource.gone', { detail: 'This user was deleted.' });
    case 'expired':
      throw invalidField('expires_at', 'Must be in the future');
    case 'limit':
      throw invalidField('amount', 'The balance would exceed what an account can hold');
  }
}
