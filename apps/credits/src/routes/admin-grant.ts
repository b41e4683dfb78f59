import { adminGrant, getUser } from '@turnpike/contracts';
import { AppError, isAbsent, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { floorCredits, toMicro } from '../domain/amounts.ts';
import { atMostOnce } from './at-most-once.ts';
import { auditReport } from './audit-report.ts';
import { grantedOrRefused } from './grant-credits.ts';

export const adminGrantRoute = ({ ledger, users }: Context) =>
  route(adminGrant, async (call) => {
    const { body, requestId } = call;
    await mustExist(users, body.user_id);
    const grant = {
      owner_id: body.user_id,
      amount: toMicro(body.amount).toString(),
      source: 'admin',
      transaction_type: body.transaction_type,
      description: body.description,
      expires_at: body.expires_at,
      actor: 'admin',
      report: auditReport(requestId, {
        action: 'credits.granted',
        user_id: body.user_id,
        detail: { amount: body.amount, transaction_type: body.transaction_type },
      }),
    };
    const { result, headers } = await atMostOnce(ledger, 'admin', adminGrant.id, call, 'grant', grant, () =>
      ledger.grant(grant),
    );
    const granted = grantedOrRefused(result);
    return {
      status: 200,
      body: { balance: floorCredits(BigInt(granted.available)), granted: floorCredits(BigInt(granted.granted)) },
      headers,
    };
  });

/** Credits keeps accounts, not people: whether there is such a user is asked of the users service. A deleted one is as unknown as any. */
async function mustExist(users: Context['users'], id: string): Promise<void> {
  try {
    await users.call(getUser, { params: { id } });
  } catch (error) {
    if (isAbsent(error)) {
      throw new AppError('resource.not_found', { detail: 'User not found', cause: error });
    }
    throw error;
  }
}
