import { explainRequest } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { explain } from '../explain/domain/explain.ts';
import { viewOf } from '../records/domain/record-view.ts';
import { isOf, ownUse, recordNotFound } from './whose.ts';

export const explainRequestRoute = ({ store }: Context) =>
  route(explainRequest, async ({ params, identity }) => {
    const record = await store.find(params.id);
    if (record === undefined || !isOf(record, ownUse(identity))) throw recordNotFound();
    return { status: 200, body: { ...viewOf(record), explain: explain(record) } };
  });
