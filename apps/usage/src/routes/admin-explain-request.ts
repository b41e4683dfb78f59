import { adminExplainRequest } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { explainForOperator } from '../explain/explain-for-operator.ts';
import { operatorViewOf } from '../records/domain/record-view.ts';
import { recordNotFound } from './whose.ts';

export const adminExplainRequestRoute = (context: Context) =>
  route(adminExplainRequest, async ({ params, log }) => {
    const record = await context.store.find(params.id);
    if (record === undefined) throw recordNotFound();
    return {
      status: 200,
      body: { ...operatorViewOf(record), explain: await explainForOperator(record, context, log) },
    };
  });
