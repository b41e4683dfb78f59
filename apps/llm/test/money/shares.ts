import { describe, expect, test } from '@jest/globals';
import { DEAR_MODEL, MODEL } from '../support/gateway.ts';
import { before, begin, customer, gateway, MESSAGES } from './stage.ts';

/** Models that a request names beside its own, and what the vendor does besides. A token of the dear model costs 30 micro-credits in, 120 out. */
export function sharesTests(): void {
  const advisor = { type: 'advisor_20260301', name: 'advisor', model: DEAR_MODEL, max_tokens: 50 };
  const draws = { type: 'image_generation', model: DEAR_MODEL };
  const advised = {
    input_tokens: 20,
    output_tokens: 10,
    iterations: [
      { type: 'message', model: MODEL, input_tokens: 20, output_tokens: 10 },
      { type: 'advisor_message', model: DEAR_MODEL, input_tokens: 100, output_tokens: 40 },
    ],
  };

  describe('each model that had a share in an answer is charged at its own price', () => {
    test.each([false, true])('who was asked for advice (stream: %s)', async (stream) => {
      await begin();
      const body = { ...MESSAGES, tools: [advisor], stream };
      const answer = await gateway.post('/anthropic/v1/messages', customer, body, { usage: advised });
      expect(answer.status).toBe(200);
      await answer.text();
      await gateway.charged(customer, before, BigInt(20 * 15 + 10 * 60 + 100 * 30 + 40 * 120));
    });

    test('who stepped in for the model that declined', async () => {
      await begin();
      const usage = {
        input_tokens: 30,
        output_tokens: 8,
        iterations: [
          { type: 'message', model: MODEL, input_tokens: 20, output_tokens: 1 },
          { type: 'fallback_message', model: DEAR_MODEL, input_tokens: 30, output_tokens: 8 },
        ],
      };
      const body = { ...MESSAGES, fallbacks: [{ model: DEAR_MODEL }] };
      const answer = await gateway.post('/anthropic/v1/messages', customer, body, { usage });
      expect(answer.status).toBe(200);
      await answer.text();
      await gateway.charged(customer, before, BigInt(20 * 15 + 60 + 30 * 30 + 8 * 120));
    });

    test.each([false, true])('what drew an image for a response (stream: %s)', async (stream) => {
      await begin();
      const script = {
        usage: { input_tokens: 20, output_tokens: 10 },
        more: { tool_usage: { image_gen: { input_tokens: 5, output_tokens: 100 }, web_search: { num_requests: 0 } } },
      };
      const body = { model: MODEL, input: 'A bird', tools: [draws], stream };
      const answer = await gateway.post('/openai/v1/responses', customer, body, script);
      expect(answer.status).toBe(200);
      await answer.text();
      await gateway.charged(customer, before, BigInt(20 * 15 + 10 * 60 + 5 * 30 + 100 * 120));
    });

    test('what wrote an image as SVG', async () => {
      await begin();
      const script = {
        usage: { input_tokens: 4, output_tokens: 100 },
        more: { svg_usage: { model: DEAR_MODEL, input_tokens: 7, output_tokens: 200, reasoning_tokens: 0 } },
      };
      const body = { model: MODEL, prompt: 'A bird', output_format: 'svg', svg: { model: DEAR_MODEL } };
      const answer = await gateway.post('/openai/v1/images/generations', customer, body, script);
      expect(answer.status).toBe(200);
      await answer.text();
      await gateway.charged(customer, before, BigInt(4 * 15 + 100 * 60 + 7 * 30 + 200 * 120));
    });

    test('searches of files cost what the list says', async () => {
      await begin();
      const output = [{ type: 'file_search_call', id: 'fs_1', queries: ['a', 'b'], status: 'completed' }];
      const script = { usage: { input_tokens: 20, output_tokens: 10 }, more: { output } };
      const answer = await gateway.post('/openai/v1/responses', customer, { model: MODEL, input: 'Hello' }, script);
      await answer.text();
      await gateway.charged(customer, before, BigInt(20 * 15 + 10 * 60 + 250_000));
    });
  });

  describe('a model that is named inside of a request', () => {
    const unpriced = { ...advisor, model: 'somebody-else' };
    test.each<[string, string, object]>([
      ['who advises', '/anthropic/v1/messages', { ...MESSAGES, tools: [unpriced] }],
      ['who steps in', '/anthropic/v1/messages', { ...MESSAGES, fallbacks: [{ model: 'somebody-else' }] }],
      ['whom the vendor would let step in', '/anthropic/v1/messages', { ...MESSAGES, fallbacks: 'default' }],
      [
        'who draws',
        '/openai/v1/responses',
        { model: MODEL, input: 'x', tools: [{ ...draws, model: 'somebody-else' }] },
      ],
      [
        'whom the vendor would let draw',
        '/openai/v1/responses',
        { model: MODEL, input: 'x', tools: [{ type: 'image_generation' }] },
      ],
      [
        'who writes SVG',
        '/openai/v1/images/generations',
        { model: MODEL, prompt: 'x', svg: { model: 'somebody-else' } },
      ],
    ])('needs a price: %s', async (_who, path, body) => {
      await begin();
      const sent = gateway.received.length;
      const answer = await gateway.post(path, customer, body);
      expect([answer.status, JSON.stringify(await answer.json())]).toEqual([
        400,
        expect.stringMatching(/model_not_priced/),
      ]);
      expect(gateway.received.length).toBe(sent);
      expect(await gateway.balance(customer)).toBe(before);
    });

    test('is held for beside the one that is asked', async () => {
      await begin();
      const cost = async (body: object): Promise<number> => {
        const answer = await gateway.post('/anthropic/v1/messages', customer, { ...body, max_tokens: 2_000_000 });
        const { error } = (await answer.json()) as { error: { details: { cost: string } } };
        return Math.round(Number(error.details.cost) * 1e6);
      };
      const alone = await cost(MESSAGES);
      expect(await cost({ ...MESSAGES, fallbacks: [{ model: DEAR_MODEL }] })).toBeGreaterThan(alone * 2.9);
    });
  });
}
