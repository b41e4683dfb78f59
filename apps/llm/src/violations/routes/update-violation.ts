import { updateViolation } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setOf } from '../../policies/routes/policy-view.ts';
import { changeStatus, findViolation } from '../stores/violations.ts';
import { violationDetail, violationNotFound } from './violation-view.ts';

export const updateViolationRoute = (context: Context) =>
  route(updateViolation, async ({ identity, params, body: { status, note } }) => {
    const { database } = context;
    if ((await findViolation(database, setOf(identity), params.id)) === undefined) throw violationNotFound();
    const changed = await changeStatus(database, params.id, { status, note, by: identity.userId });
    return { status: 200, body: await violationDetail(context, changed) };
  });
