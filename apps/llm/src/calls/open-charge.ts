import { LLM_PROVIDERS } from '@turnpike/contracts';
import { openHold, type Hold, type HoldTools } from '@turnpike/ledger-client';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { CostBounds, SpendLimits } from '../limits/spend-limits.ts';
import type { Operation } from '../paths/classify.ts';
import { costOfReported, tariffFor, type Tariffs } from '../prices/cost.ts';
import { inCredits } from '../prices/in-credits.ts';
import { priceOfShare, type ModelPrice, type PriceList } from '../prices/price-list.ts';
import { usageOf, type Unit } from '../usage/usage.ts';
import type { Call, Charge, ReadRequest } from './call.ts';

export interface ChargeTools {
  readonly holds: HoldTools;
  readonly spendLimits: SpendLimits;
  readonly prices: PriceList;
  readonly tariffs: Tariffs;
  readonly onUnpriced: () => void;
}

/**
 * Holds what a call may cost. An answer whose length nobody bounded is held as long as it is guessed to be, or as there are credits for. Throws 400
 * for a model without a price, 402 where there are too few credits or the key may spend no more, 503 where credits is down. `undefined`: the call costs nothing.
 */
export async function openCharge(call: Call, read: ReadRequest, tools: ChargeTools): Promise<Charge | undefined> {
  if (call.operation.treatment === 'free') return undefined;
  const tariff = tariffFor(call.credential, tools.tariffs);
  // Of what costs nothing nobody needs a price.
  if (tariff.percent === 0n) return undefined;
  const price = priceOf(call, read, tools);
  const others = pricesOfOthers(call, read, tools);
  const { usage, bounded } = read.estimate;
  const pricing = { price, priceOf: pricesOfShares(call, others, price, tools), provider: call.provider, tariff };
  const cost = (of: typeof usage): bigint => costOfReported({ ...read, usage: of }, { ...pricing, tier: read.tier });
  const whole = cost(usage);
  if (whole === 0n) return undefined;
  const least = bounded ? whole : cost(usageOf({ ...usage, output: 1 }));
  // Never the request id, which the client chooses: a hold is of one call.
  const name = uuidv7();
  const spend = await tools.spendLimits.take(call.identity, name, { whole, least });
  try {
    const hold = await holdCredits(call, name, { whole: spend?.amount ?? whole, least }, tools);
    return { hold, price, priceOf: pricing.priceOf, spend };
  } catch (error) {
    await spend?.end(0n);
    const there = balanceIn(error);
    throw there === undefined ? error : tooFew(read, whole, there, error);
  }
}

/** Holds all that a call may cost, or what there is, if that is enough to begin with. */
async function holdCredits(call: Call, name: string, { whole, least }: CostBounds, tools: ChargeTools): Promise<Hold> {
  try {
    return await hold(call, name, whole, tools);
  } catch (error) {
    const there = balanceIn(error);
    if (there === undefined || there < least || there <= 0n) throw error;
    return hold(call, name, there, tools);
  }
}

/** Throws 400 for a model without a price, and for one whose price says nothing of what the call uses. */
export function priceOf(
  { provider, operation, options }: Pick<Call, 'provider' | 'operation' | 'options'>,
  { model = '' }: Pick<ReadRequest, 'model'>,
  { prices, onUnpriced }: Pick<ChargeTools, 'prices' | 'onUnpriced'>,
): ModelPrice {
  const price = prices.find(provider, model);
  if (price !== undefined && unitsOf(operation).some((unit) => price.rates[unit] !== undefined)) return price;
  onUnpriced();
  const dearest =
    options['llm.unknown_model'] === 'charge_max' && price === undefined ? prices.dearest(provider) : undefined;
  if (dearest !== undefined && unitsOf(operation).some((unit) => dearest.rates[unit] !== undefined)) return dearest;
  const elsewhere = LLM_PROVIDERS.find((other) => other !== provider && prices.find(other, model) !== undefined);
  const hint = elsewhere === undefined ? '' : ` It is a model of ${elsewhere}.`;
  throw new AppError('llm.model_not_priced', { detail: `The gateway has no price for the model ${model}.${hint}` });
}

/** Prices of the models that a request names beside its own. Throws 400 like `priceOf`. */
export function pricesOfOthers(
  call: Pick<Call, 'provider' | 'operation' | 'options'>,
  { others }: Pick<ReadRequest, 'others'>,
  tools: Pick<ChargeTools, 'prices' | 'onUnpriced'>,
): Map<string, ModelPrice> {
  return new Map(others.map(({ model }) => [model, priceOf(call, { model }, tools)]));
}

/** The price of whichever model had a share in an answer. */
function pricesOfShares(
  { provider }: Call,
  others: ReadonlyMap<string, ModelPrice>,
  price: ModelPrice,
  { prices }: ChargeTools,
): Charge['priceOf'] {
  return (model) =>
    (model === undefined ? undefined : (others.get(model) ?? prices.find(provider, model))) ??
    priceOfShare(model, others, price);
}

/** By which units a call is priced: one of them has to have a rate. */
function unitsOf({ dialect, unit }: Operation): readonly Unit[] {
  if (dialect === 'google.predict') return ['images'];
  return unit === 'images' ? ['input', 'images'] : ['input', 'audio_seconds'];
}

function hold(call: Call, name: string, amount: bigint, { holds }: ChargeTools): Promise<Hold> {
  const { organisation, userId } = call.identity;
  const cause = { requestId: call.requestId, traceparent: call.traceparent };
  return openHold(
    {
      payer: organisation === undefined ? { type: 'user', id: userId } : { type: 'organisation', id: organisation.id },
      what: { amountMicro: amount.toString(), transactionType: 'llm' },
      key: name,
    },
    { userId, organisationId: organisation?.id, operation: undefined, cause },
    holds,
  );
}

/** What the ledger says there is, in micro-credits, where it refused for that reason. */
export function balanceIn(error: unknown): bigint | undefined {
  if (!(error instanceof AppError) || error.code !== 'auth.insufficient_credits') return undefined;
  const balance = error.extra?.['balance_micro'];
  return typeof balance === 'string' && /^\d+$/.test(balance) ? BigInt(balance) : 0n;
}

function tooFew({ estimate, model }: ReadRequest, cost: bigint, balance: bigint, cause: unknown): AppError {
  const { input, output } = estimate.usage;
  return new AppError('auth.insufficient_credits', {
    detail:
      `Insufficient credits. This call may cost up to ${inCredits(cost)} credits (about ${input} tokens in and up to ${output} out of ${model}); ` +
      `${inCredits(balance)} are left. Ask for a shorter answer, or add credits.`,
    extra: { cost: inCredits(cost), balance: inCredits(balance) },
    cause,
  });
}
