import { adminEraseUser } from '@turnpike/contracts';
import { operatorAct, route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { missingUser } from '../../users/routes/not-found.ts';
import { findUser } from '../../users/stores/users.ts';
import { beginErasure } from '../erase-user.ts';
import { findErasure } from '../stores/receipts.ts';
import { erasureView } from './erasure-view.ts';

export const adminEraseUserRoute = ({ config, database, relay, erasures }: Context) =>
  route(adminEraseUser, async ({ params, body, identity, requestId }) => {
    const act = operatorAct(identity, body.reason);
    const user = await findUser(database, params.id);
    if (!user || user.status === 'deleted') throw await missingUser(database, params.id);
    const receiptId = uuidv7();
    await beginErasure(database, {
      receiptId,
      userId: user.id,
      requestedBy: 'operator',
      operator: { ...act, requestId },
      backends: config.erasureWebhooks.map(({ name }) => name),
    });
    relay.kick();
    erasures.kick();
    const erasure = await findErasure(database, receiptId);
    if (!erasure) throw new Error('a receipt just written is not there');
    return { status: 202, body: erasureView(erasure) };
  });
