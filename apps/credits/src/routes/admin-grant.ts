import { adminGrant } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import { ownerOf } from '../domain/owner.ts';
import { atMostOnce } from './at-most-once.ts';
import { operatorReport } from './audit-report.ts';
import { grantedOrRefused } from './grant-credits.ts';
import { requireOwner } from './known-owner.ts';

export const adminGrantRoute = (context: Context) =>
  route(adminGrant, async (call) => {
    const { body, identity } = call;
    const owner = ownerOf(body);
    await requireOwner(context, owner);
    const grant = {
      owner,
      amount: toMicro(body.amount),
      source: 'admin',
      transactionType: body.transaction_type,
      description: body.description,
      expiresAt: body.expires_at ? new Date(body.expires_at) : undefined,
      actor: 'admin',
      report: operatorReport(call, {
        action: 'credits.granted',
        ...(owner.type === 'user' ? { user_id: owner.id } : {}),
        detail: {
          amount: body.amount,
          transaction_type: body.transaction_type,
          ...(owner.type === 'user' ? {} : { organisation_id: owner.id }),
        },
      }),
    };
    const { result, headers } = await atMostOnce({
      ledger: context.ledger,
      command: 'grant',
      args: grant,
      caller: identity === undefined ? 'admin' : `operator:${identity.userId}`,
      endpoint: adminGrant.id,
      call,
    });
    const granted = grantedOrRefused(result, owner);
    return {
      status: 200,
      body: { balance: floorCredits(granted.available), granted: floorCredits(granted.granted) },
      headers,
    };
  });
