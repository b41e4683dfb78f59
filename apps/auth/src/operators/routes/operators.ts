import { adminEndOperator, adminListOperators } from '@turnpike/contracts';
import { AppError, operatorAct, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { actingOperator } from '../acting.ts';
import { OperatorRefused, revokeOperator } from '../appoint.ts';
import { listOperators } from '../stores/operators.ts';

export const adminListOperatorsRoute = ({ database }: Context) =>
  route(adminListOperators, async () => {
    const operators = await listOperators(database);
    const items = operators.map(({ userId, email, role, grantedAt, grantedBy, lastLoginAt }) => ({
      user_id: userId,
      email,
      role,
      granted_at: grantedAt.toISOString(),
      granted_by: grantedBy,
      last_login_at: lastLoginAt?.toISOString() ?? null,
    }));
    return { status: 200, body: { items } };
  });

export const adminEndOperatorRoute = ({ database, revocations }: Context) =>
  route(adminEndOperator, async (call) => {
    const { identity, params, body, requestId } = call;
    const { operator_id: operatorId } = operatorAct(identity, body.reason);
    const { name: by } = await actingOperator(database, identity, adminEndOperator);
    const { changed } = await revokeOperator(database, {
      who: { userId: params.id },
      by,
      reason: body.reason,
      operatorId,
      requestId,
    }).catch(noOperator);
    if (!changed) throw new AppError('resource.not_found', { detail: 'This is no operator.' });
    await revocations.relay();
    return { status: 200, body: { user_id: params.id, role: null } };
  });

/** An id of no account is one of no operator. */
function noOperator(error: unknown): { readonly changed: false } {
  if (error instanceof OperatorRefused) return { changed: false };
  throw error;
}
