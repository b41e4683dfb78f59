import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { LlmProvider } from '@turnpike/contracts';
import { costOfReported } from '../src/prices/cost.ts';
import { nanoUsd, priceFile, PriceList } from '../src/prices/price-list.ts';
import { anthropicUsage, geminiUsage, interactionUsage, openaiUsage } from '../src/usage/reported.ts';
import type { Reported } from '../src/usage/usage.ts';

/** What the vendors report in units of their own, at the prices that are shipped: tokens of a kind times dollars for a million of them. */

const prices = new PriceList([
  priceFile.parse(JSON.parse(readFileSync(new URL('../prices.json', import.meta.url), 'utf8'))),
]);

/** In millionths of a dollar. */
function microUsd(provider: LlmProvider, model: string, reported: Reported): number {
  const price = prices.find(provider, model);
  if (price === undefined) throw new Error(`no price of ${model}`);
  const tariff = { nanoUsdPerCredit: nanoUsd('1'), percent: 100n };
  return Number(costOfReported(reported, { price, priceOf: () => price, provider, tier: reported.tier, tariff }));
}

const tokens = (modality: string, tokenCount: number) => ({ modality, tokenCount });

test('Google: what was cached of audio costs less, and is counted once', () => {
  const usage = geminiUsage({
    promptTokenCount: 10_000,
    promptTokensDetails: [tokens('TEXT', 2_000), tokens('AUDIO', 8_000)],
    cachedContentTokenCount: 7_000,
    cacheTokensDetails: [tokens('TEXT', 1_000), tokens('AUDIO', 6_000)],
    candidatesTokenCount: 100,
  });
  expect(usage.usage).toMatchObject({ input: 1_000, cache_read: 1_000, input_audio: 2_000, cache_read_audio: 6_000 });
  expect(microUsd('google', 'gemini-2.5-flash', usage)).toBe(
    1_000 * 0.3 + 1_000 * 0.03 + 2_000 * 1 + 6_000 * 0.1 + 100 * 2.5,
  );
});

test('Google: interactions tell the same by other names', () => {
  const { usage } = interactionUsage({
    total_input_tokens: 10_000,
    input_tokens_by_modality: [{ modality: 'audio', tokens: 8_000 }],
    total_cached_tokens: 7_000,
    cached_tokens_by_modality: [{ modality: 'audio', tokens: 6_000 }],
    output_tokens_by_modality: [{ modality: 'video', tokens: 40 }],
    total_output_tokens: 100,
  });
  expect(usage).toMatchObject({ input: 1_000, cache_read: 1_000, input_audio: 2_000, cache_read_audio: 6_000 });
  expect(usage).toMatchObject({ output: 60, output_video: 40 });
});

test('Google: images and video have prices of their own, in and out', () => {
  const promptTokensDetails = [tokens('TEXT', 10), tokens('IMAGE', 20), tokens('VIDEO', 30), tokens('AUDIO', 40)];
  expect(microUsd('google', 'gemini-embedding-2', geminiUsage({ promptTokenCount: 100, promptTokensDetails }))).toBe(
    10 * 0.2 + 20 * 0.45 + 30 * 12 + 40 * 6.5,
  );
  const made = geminiUsage({ candidatesTokenCount: 1_000, candidatesTokensDetails: [tokens('VIDEO', 900)] });
  expect(microUsd('google', 'gemini-omni-flash-preview', made)).toBe(900 * 17.5 + 100 * 9);
});

test('Google: an image without a price of its own costs what text does', () => {
  const usage = geminiUsage({ promptTokenCount: 100, promptTokensDetails: [tokens('IMAGE', 90)] });
  expect(microUsd('google', 'gemini-2.5-flash', usage)).toBe(30);
});

test('OpenAI: what was cached of an image costs less', () => {
  const { others = [] } = openaiUsage(
    {},
    {
      tool_usage: {
        image_gen: {
          input_tokens: 1_000,
          input_tokens_details: { image_tokens: 800, text_tokens: 200 },
          cached_tokens: 600,
          cached_tokens_details: { cached_image_tokens: 500, cached_text_tokens: 100 },
          output_tokens: 2_000,
          output_tokens_details: { image_tokens: 2_000, text_tokens: 0 },
        },
      },
    },
  );
  const [{ usage } = { usage: undefined }] = others;
  expect(usage).toMatchObject({
    input: 100,
    cache_read: 100,
    input_image: 300,
    cache_read_image: 500,
    output: 0,
    output_image: 2_000,
  });
});

test('OpenAI: images of a response whose tokens nobody tells are taken for large ones', () => {
  const output = [
    { type: 'image_generation_call', result: 'aGVsbG8=' },
    { type: 'image_generation_call', result: null },
  ];
  expect(openaiUsage({}, { output }).others?.map(({ usage }) => usage.output_image)).toEqual([6_240]);
});

test('OpenAI: searches of files are counted by their calls', () => {
  const output = [{ type: 'file_search_call' }, { type: 'file_search_call' }, { type: 'message' }];
  expect(microUsd('openai', 'gpt-4o', openaiUsage({}, { output }))).toBe(5_000);
});

test('Anthropic: to work in one place costs a tenth more, of all models that had a share', () => {
  const usage = { input_tokens: 1_000, output_tokens: 100 };
  const iterations = [{ type: 'advisor_message', model: 'claude-opus-4-6', input_tokens: 1_000, output_tokens: 100 }];
  const at = (geo: string, more: object = {}): number =>
    microUsd('anthropic', 'claude-opus-4-6', anthropicUsage({ ...usage, ...more, inference_geo: geo }));
  expect(at('global')).toBe(7_500);
  expect(at('us')).toBe(8_250);
  expect(at('us', { iterations })).toBe(16_500);
});
