import { describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from 'openai-sdk-6';
import { MODEL } from '../support/gateway.ts';
import { gateway, customer, scripted, hello, weather } from './stage.ts';

/** The SDK of OpenAI, at OpenAI and at Azure. */
export function openaiTests(): void {
  describe.each([
    ['openai 7.59.0', OpenAI],
    ['openai 6.49.0', OpenAI6 as unknown as typeof OpenAI],
  ])('%s', (_version, Client) => {
    const client = () => new Client({ baseURL: `${gateway.url}/openai/v1`, apiKey: customer.key, maxRetries: 2 });

    test('chat', async () => {
      const answer = await client().chat.completions.create(
        { model: MODEL, messages: hello },
        scripted({ text: 'Good day' }),
      );
      expect(answer.choices[0]?.message.content).toBe('Good day');
      const [arrived] = gateway.received;
      expect(arrived?.headers.authorization).toBe('Bearer stand-in-openai-secret');
      expect(arrived?.headers['x-stainless-lang']).toBe('js');
      expect(JSON.stringify(arrived)).not.toContain(customer.key);
    });

    test('chat, streamed: the usage that the gateway asked for is not shown', async () => {
      const stream = await client().chat.completions.create(
        { model: MODEL, messages: hello, stream: true },
        scripted({ text: 'Good day to you' }),
      );
      let text = '';
      for await (const chunk of stream) {
        expect(chunk.choices.length).toBe(1);
        text += chunk.choices[0]?.delta.content ?? '';
      }
      expect(text).toBe('Good day to you');
      expect(JSON.parse(gateway.received[0]?.body ?? '')).toMatchObject({ stream_options: { include_usage: true } });
    });

    test('chat, streamed: the usage that the client asked for is shown', async () => {
      const stream = await client().chat.completions.create({
        model: MODEL,
        messages: hello,
        stream: true,
        stream_options: { include_usage: true },
      });
      const usages: unknown[] = [];
      for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
      expect(usages.length).toBe(1);
    });

    test('a tool', async () => {
      const answer = await client().chat.completions.create(
        { model: MODEL, messages: hello, tools: [{ type: 'function', function: weather }] },
        scripted({ tool: true }),
      );
      expect(answer.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'weather' } }]);
    });

    test('responses, whole and streamed', async () => {
      const answer = await client().responses.create({ model: MODEL, input: 'Hello' }, scripted({ text: 'Good day' }));
      expect(answer.output_text).toBe('Good day');
      const stream = await client().responses.create({ model: MODEL, input: 'Hello', stream: true });
      const types: string[] = [];
      for await (const event of stream) types.push(event.type);
      expect(types.at(-1)).toBe('response.completed');
    });

    test('embeddings and models', async () => {
      const { data } = await client().embeddings.create({ model: MODEL, input: ['a', 'b'] });
      expect(data.map(({ embedding }) => embedding)).toEqual([
        [0.25, -0.5, 1],
        [0.25, -0.5, 1],
      ]);
      const models = await client().models.list();
      expect(models.data.map(({ id }) => id)).toContain('gpt-4o');
    });

    test('a transcription, whose model is a field of a form', async () => {
      const file = new File([Buffer.alloc(2_000)], 'speech.mp3', { type: 'audio/mpeg' });
      const answer = await client().audio.transcriptions.create({ file, model: MODEL });
      expect(answer.text).toBe('hello');
    });

    test.each<[string, () => Promise<unknown>, object]>([
      [
        'a made-up key: 401',
        () => new Client({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'sk-made-up' }).models.list(),
        { status: 401, code: 'invalid_api_key', type: 'invalid_request_error' },
      ],
      [
        'a model without a price: 400',
        () => client().chat.completions.create({ model: 'nobody-knows-it', messages: hello }),
        { status: 400, code: 'model_not_priced' },
      ],
      [
        'too few credits: 402',
        () => client().chat.completions.create({ model: MODEL, messages: hello, max_tokens: 1_900_000 }),
        { status: 402, code: 'insufficient_credits', type: 'insufficient_quota' },
      ],
      [
        'a path that is not offered: 404',
        async () => await client().fineTuning.jobs.list(),
        { status: 404, code: 'not_offered' },
      ],
      [
        'what somebody else may have made: 404',
        () => client().responses.create({ model: MODEL, input: 'Hello', previous_response_id: 'resp_1' }),
        { status: 404, code: 'not_found' },
      ],
    ])('%s, with a readable message, and not tried again', async (_name, act, expected) => {
      const error = await act().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Client.APIError);
      expect(error).toMatchObject(expected);
      expect(String((error as Error).message)).not.toContain('no body');
      expect(gateway.received.length).toBe(0);
    });

    test("the vendor's own refusal comes as it is, is retried as it says, and names no secret", async () => {
      const refused = client().chat.completions.create(
        { model: MODEL, messages: hello },
        scripted({ status: 429, headers: { 'x-should-retry': 'false', 'retry-after': '30' } }),
      );
      await expect(refused).rejects.toMatchObject({ status: 429, message: '429 Scripted error' });
      expect(gateway.received.length).toBe(1);
    });

    test('a stream that fails in the middle throws', async () => {
      const stream = await client().chat.completions.create(
        { model: MODEL, messages: hello, stream: true },
        scripted({ error_after: 2 }),
      );
      await expect(
        (async () => {
          for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
        })(),
      ).rejects.toThrow('The model failed.');
    });
  });

  describe.each([
    ['openai 7.59.0', AzureOpenAI],
    ['openai 6.49.0', AzureOpenAI6 as unknown as typeof AzureOpenAI],
  ])('Azure, %s', (_version, Client) => {
    const client = (resource = 'my-resource') =>
      new Client({
        endpoint: `${gateway.url}/azure/${resource}/my-deployment`,
        apiKey: customer.key,
        apiVersion: '2024-10-21',
      });

    test('the deployment of the path is called, whatever the model is said to be', async () => {
      const answer = await client().chat.completions.create({ model: 'gpt-99', messages: hello });
      expect(answer.choices[0]?.message.content).toContain('Hello');
      expect(gateway.received[0]?.target).toBe(
        '/azure/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
      );
      expect(gateway.received[0]?.headers['api-key']).toBe('stand-in-azure-secret');
    });

    test('a resource that nobody configured: 404', async () => {
      await expect(
        client('other-resource').chat.completions.create({ model: 'x', messages: hello }),
      ).rejects.toMatchObject({
        status: 404,
      });
    });
  });
}
