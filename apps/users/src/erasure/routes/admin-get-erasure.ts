import { adminGetErasure } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { findErasure } from '../stores/receipts.ts';
import { erasureView } from './erasure-view.ts';

export const adminGetErasureRoute = ({ database }: Context) =>
  route(adminGetErasure, async ({ params }) => {
    const erasure = await findErasure(database, params.id);
    if (!erasure) throw new AppError('resource.not_found', { detail: 'Receipt not found' });
    return { status: 200, body: erasureView(erasure) };
  });
