import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { LlmProvider } from '@turnpike/contracts';
import { costOf, type Tariff } from '../src/prices/cost.ts';
import { nanoUsd, priceFile, PriceList } from '../src/prices/price-list.ts';
import { anthropicUsage, geminiUsage, openaiUsage } from '../src/usage/reported.ts';
import { usageOf } from '../src/usage/usage.ts';

const shipped = priceFile.parse(JSON.parse(readFileSync(new URL('../prices.json', import.meta.url), 'utf8')));
const operator = priceFile.parse({
  providers: {
    openai: {
      small: { usd_per_million: { input: '0.15', output: '0.6' } },
      free: { usd_per_million: { input: '0', output: '0' } },
      cached: { usd_per_million: { input: '0.5', cache_read: '0.05', output: '3' } },
    },
    anthropic: {
      sonnet: { usd_per_million: { input: '3', cache_write: '3.75', cache_read: '0.3', output: '15' } },
      opus: { usd_per_million: { input: '5', cache_write: '6.25', cache_read: '0.5', output: '25' } },
    },
  },
});
const prices = new PriceList([shipped, operator]);
/** One credit is a cent. */
const AT_PRICE: Tariff = { nanoUsdPerCredit: nanoUsd('0.01'), percent: 100n };

const cost = (
  provider: LlmProvider,
  model: string,
  usage: ReturnType<typeof usageOf>,
  tier?: string,
  tariff = AT_PRICE,
) => {
  const price = prices.find(provider, model);
  if (price === undefined) throw new Error(`no price of ${model}`);
  return costOf(usage, price, provider, tier, tariff);
};

describe('usage, price and cost of cases from public issues', () => {
  test.each([
    [
      'LiteLLM 9812',
      'sonnet',
      { input_tokens: 3, cache_creation_input_tokens: 12304, cache_read_input_tokens: 0, output_tokens: 550 },
      5_439_900n,
    ],
    [
      'Bifrost 3451',
      'opus',
      { input_tokens: 6, cache_creation_input_tokens: 159_217, output_tokens: 2_745 },
      106_376_125n,
    ],
  ])('%s: what Anthropic wrote to a cache is not counted as input again', (_case, model, usage, expected) => {
    expect(cost('anthropic', model, anthropicUsage(usage).usage)).toBe(expected);
  });

  test('pi 2148: what OpenAI read from a cache is part of the prompt', () => {
    const { usage } = openaiUsage({
      prompt_tokens: 20_212,
      completion_tokens: 931,
      prompt_tokens_details: { cached_tokens: 16_298 },
    });
    expect(cost('openai', 'cached', usage)).toBe(556_490n);
  });

  test('sub2api 554: what Gemini thought is output, and not part of the candidates', () => {
    const { usage } = geminiUsage({
      promptTokenCount: 55_021,
      candidatesTokenCount: 923,
      thoughtsTokenCount: 785,
      totalTokenCount: 56_729,
    });
    expect(usage).toMatchObject({ input: 55_021, output: 1_708, reasoning: 785 });
  });
});

test('a cost is rounded up once, and not for each unit', () => {
  expect(cost('openai', 'small', usageOf({ input: 20, output: 10 }))).toBe(900n);
  expect(cost('openai', 'small', usageOf({ input: 1 }))).toBe(15n);
  expect(cost('openai', 'small', usageOf({ input: 1 }), undefined, { ...AT_PRICE, percent: 101n })).toBe(16n);
});

test('a price of nothing is a price', () => {
  expect(cost('openai', 'free', usageOf({ input: 1_000_000 }))).toBe(0n);
});

test('past a threshold of input the whole request costs more, what was cached counting as input', () => {
  const at = (input: number, cached: number) =>
    cost('openai', 'gpt-5.4', usageOf({ input, cache_read: cached, output: 1_000 }));
  expect(at(71_999, 200_000)).toBe(71_999n * 250n + 200_000n * 25n + 1_000n * 1_500n);
  expect(at(72_000, 200_000)).toBe(72_000n * 500n + 200_000n * 50n + 1_000n * 2_250n);
});

test('the tier that served a call decides its price', () => {
  const usage = usageOf({ input: 1_000, output: 1_000 });
  expect(cost('openai', 'small', usage, 'priority')).toBe(150_000n);
  expect(cost('openai', 'small', usage, 'flex')).toBe(37_500n);
  expect(cost('openai', 'small', usage, 'default')).toBe(75_000n);
  expect(cost('anthropic', 'sonnet', usage, 'batch')).toBe(900_000n);
});

test.each<[LlmProvider, string, string, string, string]>([
  ['openai', 'gpt-5.5', 'priority', '12.5', '75'],
  ['openai', 'gpt-5.4', 'priority', '5', '30'],
  ['openai', 'gpt-4.1', 'priority', '3.5', '14'],
  ['openai', 'gpt-4o', 'fast', '4.25', '17'],
  ['anthropic', 'claude-opus-4-6', 'fast', '30', '150'],
  ['anthropic', 'claude-opus-5', 'fast', '10', '50'],
])(
  '%s: a million tokens each way of %s at %s cost $%s and $%s, as the vendor lists them',
  (provider, model, tier, into, out) => {
    const dollars = (micro: bigint) => Number(micro) / 1e8;
    // In pieces that stay below the prices of long contexts.
    const tenth = 100_000;
    expect(10 * dollars(cost(provider, model, usageOf({ input: tenth }), tier))).toBeCloseTo(Number(into), 6);
    expect(10 * dollars(cost(provider, model, usageOf({ output: tenth }), tier))).toBeCloseTo(Number(out), 6);
  },
);

describe('models are found by their names, and never by similar ones', () => {
  test.each<[LlmProvider, string]>([
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-2024-08-06'],
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['google', 'gemini-2.5-flash'],
    ['azure', 'gpt-4o'],
  ])('%s %s', (provider, model) => expect(prices.find(provider, model)).toBeDefined());

  test.each<[LlmProvider, string]>([
    ['anthropic', 'claude-opus-4.1'],
    ['openai', 'gpt-4o-mini-2'],
    ['openai', 'GPT-4o'],
    ['openai', 'gpt-99'],
    ['openai', ''],
    ['google', 'claude-opus-4-6'],
    ['openai', '__proto__'],
  ])('none of %s %s', (provider, model) => expect(prices.find(provider, model)).toBeUndefined());

  test("an operator's list is laid over the shipped one", () => {
    const own = priceFile.parse({ providers: { openai: { 'gpt-4o': { usd_per_million: { input: '1' } } } } });
    expect(new PriceList([shipped, own]).find('openai', 'gpt-4o')?.rates.input).toBe(nanoUsd('1'));
  });
});

test('every shipped price has an input or a unit of its own', () => {
  for (const models of Object.values(shipped.providers))
    for (const [name, { usd_per_million: rates }] of Object.entries(models))
      expect([name, Object.keys(rates).length > 0]).toEqual([name, true]);
});
