import { adminListPrices, adminListPriceVersions, whoReported, type Output } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { exactCredits } from '../../domain/amounts.ts';
import type { ListedPrice } from '../../stores/operating-store.ts';

export const adminListPricesRoute = (context: Context) =>
  route(adminListPrices, async ({ query: { limit, offset } }) => {
    const { items, total } = await context.operating.prices({ limit, offset });
    return { status: 200, body: { items: await presented(context, items), total, limit, offset } };
  });

export const adminListPriceVersionsRoute = (context: Context) =>
  route(adminListPriceVersions, async ({ params, query: { limit, offset } }) => {
    const { items, total } = await context.operating.versions(params.operation, { limit, offset });
    return { status: 200, body: { items: await presented(context, items), total, limit, offset } };
  });

/** Prices with who set them, which the audit trail knows; where that does not answer, the prices are shown all the same. */
async function presented(
  { auth, logger }: Context,
  prices: readonly ListedPrice[],
): Promise<Output<typeof adminListPrices>['items']> {
  const ids = prices.flatMap(({ reportId }) => reportId ?? []);
  const { items } =
    ids.length === 0
      ? { items: [] }
      : await auth.call(whoReported, { body: { ids }, repeatable: true }).catch((err: unknown) => {
          logger.warn({ err }, 'who set prices could not be read');
          return { items: [] };
        });
  const reports = new Map(items.map((item) => [item.id, item]));
  return prices.map(({ operation, version, cost, retired, transactionType, source, reportId, createdAt }) => {
    const report = reportId === null ? undefined : reports.get(reportId);
    return {
      operation,
      version,
      cost: retired ? null : exactCredits(cost),
      transaction_type: transactionType,
      source,
      set_at: createdAt.toISOString(),
      set_by: report?.operator ?? null,
      reason: report?.reason ?? null,
    };
  });
}
