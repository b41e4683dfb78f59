import { noteLateBatch, takeLateBatch } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { membersOf, noteLateArchived, takeLateBatch as take } from '../records/late/late-store.ts';
import { readMembers } from '../records/late/read-members.ts';
import { itemOf } from './analytics-logs.ts';

/** Archives of records that were stored after their hour was archived. */
export const lateBatchRoutes = ({ database, store }: Context) => [
  route(takeLateBatch, async () => {
    const batch = await take(database);
    if (batch === undefined) return { status: 200, body: { batch: null } };
    const { id, organisationId, hour } = batch;
    const records = await readMembers(store, batch, await membersOf(database, id));
    const items = records.map((record) => itemOf(record, organisationId));
    return { status: 200, body: { batch: { id, organisation_id: organisationId, hour: hour.toISOString(), items } } };
  }),
  route(noteLateBatch, async ({ params: { id } }) => {
    if (!(await noteLateArchived(database, id))) throw new AppError('resource.not_found');
    return { status: 204, body: null };
  }),
];
