import { adminGrant, getUser } from '@turnpike/contracts';
import { AppError, isAbsent, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import { ownerOf, type Owner } from '../domain/owner.ts';
import { atMostOnce } from './at-most-once.ts';
import { auditReport } from './audit-report.ts';
import { grantedOrRefused } from './grant-credits.ts';

export const adminGrantRoute = (context: Context) =>
  route(adminGrant, async (call) => {
    const { body, requestId } = call;
    const owner = ownerOf(body);
    await mustExist(context, owner);
    const grant = {
      owner,
      amount: toMicro(body.amount),
      source: 'admin',
      transactionType: body.transaction_type,
      description: body.description,
      expiresAt: body.expires_at ? new Date(body.expires_at) : undefined,
      actor: 'admin',
      report: auditReport(requestId, {
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
      caller: 'admin',
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

/**
 * Credits keeps accounts, not people: whether there is such a user is asked of the users service, and an organisation
 * is known by the account that its first credits opened. A deleted one is as unknown as any.
 */
async function mustExist({ users, accounts }: Context, owner: Owner): Promise<void> {
  if (owner.type === 'organisation') {
    if ((await accounts.balance(owner)) === undefined)
      throw new AppError('resource.not_found', { detail: 'Organisation not found' });
    return;
  }
  try {
    await users.call(getUser, { params: { id: owner.id } });
  } catch (error) {
    if (isAbsent(error)) {
      throw new AppError('resource.not_found', { detail: 'User not found', cause: error });
    }
    throw error;
  }
}
