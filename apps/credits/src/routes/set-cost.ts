import { retireCost, setCost } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { exactCredits } from '../domain/amounts.ts';
import { priceInMicro } from '../domain/price-list.ts';
import type { Price } from '../stores/price-store.ts';
import { operatorReport } from './audit-report.ts';

export const setCostRoute = ({ prices }: Context) =>
  route(setCost, async (call) => {
    const { params, body } = call;
    const report = operatorReport(call, { action: 'credits.price_set' });
    return {
      status: 200,
      body: presentPrice(
        await prices.set({
          operation: params.operation,
          cost: priceInMicro(body.cost),
          transactionType: body.transaction_type,
          report,
        }),
      ),
    };
  });

export const retireCostRoute = ({ prices }: Context) =>
  route(retireCost, async (call) => {
    const { params } = call;
    const report = operatorReport(call, { action: 'credits.price_retired' });
    return {
      status: 200,
      body: presentPrice(await prices.set({ operation: params.operation, cost: undefined, report })),
    };
  });

function presentPrice(price: Price | undefined) {
  if (!price) throw new AppError('resource.not_found', { detail: 'Operation not found' });
  return {
    operation: price.operation,
    cost: price.retired ? null : exactCredits(price.cost),
    transaction_type: price.transactionType,
    version: price.version,
  };
}
