import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import { MODEL } from '../support/gateway.ts';
import { gateway, customer, scripted, hello, weather } from './stage.ts';

/** The SDK of Anthropic. */
export function anthropicTests(): void {
  describe.each([
    ['@anthropic-ai/sdk 1.14.0', Anthropic, 'authorization', 'Bearer stand-in-anthropic-secret'],
    ['@anthropic-ai/sdk 0.137.0', Anthropic0 as unknown as typeof Anthropic, 'x-api-key', 'stand-in-anthropic-secret'],
  ])('%s', (_version, Client, header, secret) => {
    const client = (base = '') => new Client({ baseURL: `${gateway.url}/anthropic${base}`, apiKey: customer.key });
    const ask = { model: MODEL, max_tokens: 100, messages: hello };

    test.each(['', '/v1'])('messages, with a base URL that ends in anthropic%s', async (base) => {
      const answer = await client(base).messages.create(ask, scripted({ text: 'Good day' }));
      expect(answer.content).toMatchObject([{ type: 'text', text: 'Good day' }]);
      const [arrived] = gateway.received;
      expect(arrived?.target).toBe('/anthropic/v1/messages');
      expect(arrived?.headers[header]).toBe(secret);
      expect(JSON.stringify(arrived)).not.toContain(customer.key);
    });

    test('messages, streamed', async () => {
      const stream = client().messages.stream(ask, scripted({ text: 'Good day to you' }));
      expect(await stream.finalText()).toBe('Good day to you');
    });

    test('a tool, streamed', async () => {
      const stream = client().messages.stream(
        { ...ask, tools: [{ name: 'weather', input_schema: weather.parameters }] },
        scripted({ tool: true }),
      );
      const message = await stream.finalMessage();
      expect(message.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }]);
    });

    test('counting and models', async () => {
      expect((await client().messages.countTokens({ model: MODEL, messages: hello })).input_tokens).toBeGreaterThan(0);
      expect((await client().models.list()).data.map(({ id }) => id)).toEqual([
        'claude-sonnet-4-5',
        'claude-haiku-4-5',
      ]);
    });

    test('betas and versions arrive as they were sent', async () => {
      await client().messages.create(ask, { headers: { 'anthropic-beta': 'one-2025-01-01,two-2025-01-01' } });
      expect(gateway.received[0]?.headers['anthropic-beta']).toBe('one-2025-01-01,two-2025-01-01');
      expect(gateway.received[0]?.headers['anthropic-version']).toMatch(/^20\d\d-\d\d-\d\d$/);
    });

    test.each<[string, () => Promise<unknown>, object]>([
      [
        'a made-up key: 401',
        () => new Client({ baseURL: `${gateway.url}/anthropic`, apiKey: 'sk-made-up' }).messages.create(ask),
        { status: 401 },
      ],
      [
        'a model without a price: 400',
        () => client().messages.create({ ...ask, model: 'claude-opus-4.1' }),
        { status: 400 },
      ],
      [
        'too few credits: 402',
        () => client().messages.create({ ...ask, max_tokens: 1_900_000 }, { timeout: 10_000 }),
        { status: 402 },
      ],
    ])('%s', async (_name, act, expected) => {
      const error = await act().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Client.APIError);
      expect(error).toMatchObject(expected);
      expect((error as { requestID?: string }).requestID).toEqual(expect.any(String));
      expect(gateway.received.length).toBe(0);
    });

    test('a stream that fails in the middle throws', async () => {
      const stream = client().messages.stream(ask, scripted({ error_after: 4 }));
      await expect(stream.finalMessage()).rejects.toThrow('Overloaded');
    });
  });
}
