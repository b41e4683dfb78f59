import { retireCost, setCost } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ceilCredits, toMicro } from '../domain/amounts.ts';
import type { Price } from '../stores/price-store.ts';

export const setCostRoute = ({ prices }: Context) =>
  route(setCost, async ({ params, body }) => ({
    status: 200,
    body: presentPrice(await prices.set(params.operation, toMicro(body.cost), body.transaction_type)),
  }));

export const retireCostRoute = ({ prices }: Context) =>
  route(retireCost, async ({ params }) => ({ status: 200, body: presentPrice(await prices.set(params.operation, undefined, undefined)) }));

function presentPrice(price: Price | undefined) {
  if (!price) throw new AppError('resource.not_found', { detail: 'Operation not found' });
  return {
    operation: price.operation,
    cost: price.retired ? null : ceilCredits(price.cost),
    transaction_type: price.transactionType,
    version: price.version,
  };
}
