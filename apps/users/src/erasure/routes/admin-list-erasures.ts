import { adminListErasures } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listErasures } from '../stores/receipts.ts';
import { erasureView } from './erasure-view.ts';

export const adminListErasuresRoute = ({ database }: Context) =>
  route(adminListErasures, async ({ query: { user_id: userId, status, order, limit, offset } }) => {
    const { items, total } = await listErasures(database, {
      userId,
      open: status === 'running',
      oldestFirst: order === 'oldest',
      limit,
      offset,
    });
    return { status: 200, body: { items: items.map(erasureView), total, limit, offset } };
  });
