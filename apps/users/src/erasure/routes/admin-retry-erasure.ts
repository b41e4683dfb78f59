import { adminRetryErasure } from '@turnpike/contracts';
import { AppError, operatorAct, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { retryErasure } from '../erase-user.ts';
import { findErasure } from '../stores/receipts.ts';
import { erasureView } from './erasure-view.ts';

export const adminRetryErasureRoute = ({ database, erasures, relay }: Context) =>
  route(adminRetryErasure, async ({ params, body, identity, requestId }) => {
    const act = operatorAct(identity, body.reason);
    const erasure = await findErasure(database, params.id);
    if (!erasure) throw new AppError('resource.not_found', { detail: 'Receipt not found' });
    await retryErasure(database, params.id, { ...act, requestId });
    relay.kick();
    erasures.kick();
    return { status: 200, body: erasureView(erasure) };
  });
