import { z } from 'zod';
import type { LlmProvider } from '@turnpike/contracts';
import { costOfReported, type Tariff } from '../prices/cost.ts';
import { priceNamed, priceOfShare, type ModelPrice, type Rates } from '../prices/price-list.ts';
import type { Reported } from '../usage/usage.ts';

/** The tier that every request of a batch is served at, whatever its answer says. */
export const BATCH_TIER = 'batch';

/** What a batch is charged by from its beginning to its end, whatever prices become meanwhile. */
export interface Terms {
  /** By the name that the requests give each model. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
  /** The same of models that requests name beside theirs. */
  readonly others?: ReadonlyMap<string, ModelPrice>;
  readonly tariff: Tariff;
  /** The tier that a response was asked for at; of batches none. */
  readonly tier?: string | undefined;
}

const digits = z.string().regex(/^\d+$/).transform(BigInt);
const rates = z.record(z.string(), digits).transform((value) => value as Rates);
const storedPrices = z.array(
  z.object({
    name: z.string(),
    id: z.string(),
    model: z.string(),
    rates,
    tiers: z.array(z.object({ above: z.number(), rates })),
  }),
);
const stored = z.object({
  prices: storedPrices,
  others: storedPrices.optional(),
  nano_usd_per_credit: digits,
  percent: digits,
  tier: z.string().optional(),
});

/** Those of a response are one level deeper, so that a process of an earlier release, which knows batches only, leaves it to a later one. */
const ofEither = z.union([stored, z.object({ response: stored }).transform(({ response }) => response)]);

/** Terms of a response in the background as JSON for the database. */
export function storedTermsOfResponse(terms: Terms): unknown {
  return { response: storedTerms(terms) };
}

/** Terms as JSON for the database; large numbers are digits. */
export function storedTerms({ prices, others = new Map(), tariff, tier }: Terms): unknown {
  const text = (of: Rates) => Object.fromEntries(Object.entries(of).map(([unit, rate]) => [unit, String(rate)]));
  const listed = (named: ReadonlyMap<string, ModelPrice>) =>
    Array.from(named, ([name, price]) => ({
      name,
      id: price.id,
      model: price.model,
      rates: text(price.rates),
      tiers: price.tiers.map((tier) => ({ above: tier.above, rates: text(tier.rates) })),
    }));
  return {
    prices: listed(prices),
    ...(others.size > 0 && { others: listed(others) }),
    nano_usd_per_credit: String(tariff.nanoUsdPerCredit),
    percent: String(tariff.percent),
    ...(tier === undefined ? {} : { tier }),
  };
}

/** Reads them again. */
export function termsIn(json: unknown): Terms {
  const { prices, others = [], nano_usd_per_credit: nanoUsdPerCredit, percent, tier } = ofEither.parse(json);
  const byName = (list: z.output<typeof storedPrices>) => new Map(list.map(({ name, ...price }) => [name, price]));
  return { prices: byName(prices), others: byName(others), tariff: { nanoUsdPerCredit, percent }, tier };
}

/** Micro-credits that one request cost which was served at `tier`. `model`: as its answer names it; one that cannot be told costs what the dearest would. */
export function costOfRequest(
  reported: Reported,
  model: string | undefined,
  { prices, others = new Map(), tariff }: Terms,
  provider: LlmProvider,
  tier: string | undefined,
): bigint {
  const own = model === undefined ? undefined : priceNamed(model, prices);
  const costs = (own === undefined ? [...prices.values()] : [own]).map((price) =>
    costOfReported(reported, {
      price,
      priceOf: (share) =>
        (share === undefined ? undefined : priceNamed(share, prices)) ?? priceOfShare(share, others, price),
      provider,
      tier,
      tariff,
    }),
  );
  return costs.reduce((most, cost) => (cost > most ? cost : most), 0n);
}

/** The one price of a batch whose requests all name one model. */
export function onlyPrice({ prices }: Terms): ModelPrice | undefined {
  const [price, ...more] = new Map([...prices.values()].map((each) => [each.id, each])).values();
  return more.length === 0 ? price : undefined;
}
