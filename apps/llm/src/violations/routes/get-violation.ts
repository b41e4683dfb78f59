import { getViolation } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setOf } from '../../policies/routes/policy-view.ts';
import { findViolation } from '../stores/violations.ts';
import { violationDetail, violationNotFound } from './violation-view.ts';

export const getViolationRoute = (context: Context) =>
  route(getViolation, async ({ identity, params }) => {
    const found = await findViolation(context.database, setOf(identity), params.id);
    if (found === undefined) throw violationNotFound();
    return { status: 200, body: await violationDetail(context, found) };
  });
