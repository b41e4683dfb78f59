import { listViolations, USAGE_COUNTED_MAX } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setOf } from '../../policies/routes/policy-view.ts';
import { countViolations, findViolation, listViolationsOf } from '../stores/violations.ts';
import { violationViews } from './violation-view.ts';

export const listViolationsRoute = (context: Context) =>
  route(listViolations, async ({ identity, query }) => {
    const { database } = context;
    const { limit, offset, cursor, type, severity, action, policy_id: policyId, key_id: keyId, status } = query;
    const set = setOf(identity);
    const filter = {
      ...set,
      ...periodOf(query),
      type,
      severity,
      action,
      policyId,
      keyId,
      status,
      requestId: query.request_id,
    };
    const before = cursor === undefined ? undefined : await findViolation(database, set, cursor);
    const [items, counted] = await Promise.all([
      cursor !== undefined && before === undefined ? [] : listViolationsOf(database, filter, { limit, offset, before }),
      countViolations(database, filter, USAGE_COUNTED_MAX + 1),
    ]);
    const capped = counted > USAGE_COUNTED_MAX;
    return {
      status: 200,
      body: {
        items: await violationViews(context, items),
        total: Math.min(counted, USAGE_COUNTED_MAX),
        ...(capped ? { total_is_capped: true as const } : {}),
        limit,
        offset,
      },
    };
  });
