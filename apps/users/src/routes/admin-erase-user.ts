import { adminEraseUser } from '@turnpike/contracts';
import { route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { beginErasure, findErasure } from '../stores/erasure-store.ts';
import { erasureView } from './erasure-view.ts';
import { missingUser } from './not-found.ts';

export const adminEraseUserRoute = ({ database, users, relay, erasures }: Context) =>
  route(adminEraseUser, async ({ params }) => {
    const user = await users.byId(params.id);
    if (!user || user.status === 'deleted') throw await missingUser(users, params.id);
    const receiptId = uuidv7();
    await beginErasure(database.sql, {
      receiptId,
      userId: user.id,
      requestedBy: 'operator',
      backends: erasures.backends,
    });
    relay.kick();
    erasures.kick();
    const erasure = await findErasure(database.sql.query, receiptId);
    if (!erasure) throw new Error('a receipt just written is not there');
    return { status: 202, body: erasureView(erasure) };
  });
