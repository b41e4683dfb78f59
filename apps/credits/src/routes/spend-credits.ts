import { spendCredits } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import { ownerOf } from '../domain/owner.ts';
import { atMostOnce } from './at-most-once.ts';
import { accountClosed } from './refusals.ts';

export const spendCreditsRoute = ({ ledger }: Context) =>
  route(spendCredits, async (call) => {
    const { body, caller } = call;
    const charge = {
      owner: ownerOf(body),
      amount: toMicro(body.cost),
      transactionType: body.transaction_type,
      description: body.description,
      actor: `service:${caller.name}`,
    };
    const { result, headers } = await atMostOnce({
      ledger,
      command: 'spend',
      args: charge,
      caller: charge.actor,
      endpoint: spendCredits.id,
      call,
    });
    switch (result.outcome) {
      case 'spent':
        return {
          status: 200,
          body: {
            success: true as const,
            transaction_id: result.transactionId,
            balance_after: floorCredits(result.available),
          },
          headers,
        };
      case 'insufficient':
        return {
          status: 200,
          body: {
            success: false as const,
            error: 'insufficient_credits' as const,
            balance_after: floorCredits(result.available),
          },
          headers,
        };
      case 'closed':
        throw accountClosed();
    }
  });
