import { ApiError, GoogleGenAI } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import { type Script } from '@turnpike/stand-in-vendors';
import { MODEL } from '../support/gateway.ts';
import { gateway, customer } from './stage.ts';

/** The SDK of Google. */
export function googleTests(): void {
  describe('@google/genai 3.3.0', () => {
    const client = (script: Script = {}, apiKey = customer.key) =>
      new GoogleGenAI({
        apiKey,
        httpOptions: {
          baseUrl: `${gateway.url}/google`,
          headers: { 'x-stand-in': JSON.stringify(script) },
          // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
          fetch: (...request) => fetch(...request),
        },
      });
    const ask = { model: MODEL, contents: 'Hello' };

    test('generateContent', async () => {
      const answer = await client({ text: 'Good day' }).models.generateContent(ask);
      expect(answer.text).toBe('Good day');
      expect(gateway.received[0]?.headers['x-goog-api-key']).toBe('stand-in-google-secret');
      expect(JSON.stringify(gateway.received)).not.toContain(customer.key);
    });

    test('generateContentStream', async () => {
      let text = '';
      for await (const chunk of await client({ text: 'Good day to you' }).models.generateContentStream(ask))
        text += chunk.text ?? '';
      expect(text).toBe('Good day to you');
    });

    test('a tool', async () => {
      const answer = await client({ tool: true }).models.generateContent({
        ...ask,
        config: { tools: [{ functionDeclarations: [{ name: 'weather' }] }] },
      });
      expect(answer.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }]);
    });

    test('embeddings and counts', async () => {
      const { embeddings } = await client().models.embedContent({ model: MODEL, contents: 'Hello' });
      expect(embeddings).toMatchObject([{ values: [0.25, -0.5, 1] }]);
      expect((await client().models.countTokens(ask)).totalTokens).toBeGreaterThan(0);
    });

    test.each<[string, () => Promise<unknown>, number, string]>([
      ['a made-up key', () => client({}, 'sk-made-up').models.generateContent(ask), 401, 'UNAUTHENTICATED'],
      [
        'a model without a price',
        () => client().models.generateContent({ ...ask, model: 'gemini-0' }),
        400,
        'FAILED_PRECONDITION',
      ],
      [
        'too few credits',
        () => client().models.generateContent({ ...ask, config: { maxOutputTokens: 1_900_000 } }),
        402,
        'RESOURCE_EXHAUSTED',
      ],
      [
        'a cache of somebody else',
        () => client().models.generateContent({ ...ask, config: { cachedContent: 'cachedContents/1' } }),
        404,
        'NOT_FOUND',
      ],
    ])('%s', async (_name, act, status, word) => {
      const error = await act().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status });
      expect((error as Error).message).toContain(word);
      expect(gateway.received.length).toBe(0);
    });

    test('a stream that fails in the middle throws', async () => {
      const stream = await client({ error_after: 2 }).models.generateContentStream(ask);
      await expect(
        (async () => {
          for await (const chunk of stream) expect(chunk.text).toEqual(expect.any(String));
        })(),
      ).rejects.toMatchObject({ status: 503 });
    });
  });
}
