import { describe, expect, test } from '@jest/globals';
import { type Script } from '@turnpike/stand-in-vendors';
import { MODEL } from '../support/gateway.ts';
import { gateway, customer, before, begin, chat, MESSAGES, CHAT } from './stage.ts';

const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };

/** What each API is charged by, and what costs nothing. */
export function chargesTests(): void {
  describe('each API is charged by what its answer reports', () => {
    const openaiUsage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
    const responsesUsage = { input_tokens: 20, output_tokens: 10, total_tokens: 30 };
    const claudeUsage = { input_tokens: 20, output_tokens: 10 };
    const geminiUsage = { promptTokenCount: 20, candidatesTokenCount: 4, thoughtsTokenCount: 6, totalTokenCount: 30 };
    const gemini = `/google/v1beta/models/${MODEL}`;
    test.each<[string, string, object, Script]>([
      ['chat', CHAT, chat(), { usage: openaiUsage }],
      ['chat, streamed', CHAT, chat({ stream: true }), { usage: openaiUsage }],
      ['responses', '/openai/v1/responses', { model: MODEL, input: 'Hello' }, { usage: responsesUsage }],
      [
        'responses, streamed',
        '/openai/v1/responses',
        { model: MODEL, input: 'Hello', stream: true },
        { usage: responsesUsage },
      ],
      ['messages', '/anthropic/v1/messages', MESSAGES, { usage: claudeUsage }],
      ['messages, streamed', '/anthropic/v1/messages', { ...MESSAGES, stream: true }, { usage: claudeUsage }],
      ['Gemini', `${gemini}:generateContent`, CONTENTS, { usage: geminiUsage }],
      ['Gemini, streamed as events', `${gemini}:streamGenerateContent?alt=sse`, CONTENTS, { usage: geminiUsage }],
      ['Gemini, streamed as an array', `${gemini}:streamGenerateContent`, CONTENTS, { usage: geminiUsage }],
      ["Google's endpoint in OpenAI's style", '/google/v1beta/openai/chat/completions', chat(), { usage: openaiUsage }],
      [
        'Azure',
        '/azure/my-resource/my-deployment/chat/completions?api-version=2024-10-21',
        chat({ model: 'other' }),
        { usage: openaiUsage },
      ],
      [
        'Azure, streamed',
        '/azure/my-resource/my-deployment/openai/deployments/x/chat/completions?api-version=1',
        chat({ stream: true }),
        { usage: openaiUsage },
      ],
    ])('%s', async (_name, path, body, script) => {
      await begin();
      const answer = await gateway.post(path, customer, body, script);
      const text = await answer.text();
      expect([answer.status, text]).toEqual([200, expect.any(String)]);
      // The end of the answer waits for the settlement.
      expect(before - (await gateway.balance(customer))).toBe(900n);
    });

    test.each([
      [false, 100n * 60n],
      [true, 0n],
    ])(
      'a usage that cannot be is none (stream: %s): what was held, or delivered, is charged',
      async (stream, least) => {
        await begin();
        const usage = { prompt_tokens: 20, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 9e15 } };
        await (await gateway.post(CHAT, customer, chat({ stream }), { usage })).text();
        const charged = before - (await gateway.balance(customer));
        expect([charged > least, charged < 200n * 60n]).toEqual([true, true]);
      },
    );

    test('a report that nobody can reckon with: the answer comes, what was held is charged, and nothing is left behind', async () => {
      await begin();
      const answer = await transcribe('1e306');
      expect([answer.status, await answer.json()]).toMatchObject([200, { text: 'hello' }]);
      // Ten kilobytes are five seconds at most: a hundred millionths of a dollar each, 50 tokens in and 25 out.
      expect(await gateway.calls(customer.userId)).toEqual([{ state: 'settled', charged: '52250' }]);
      const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
      expect(metrics).toMatch(/^turnpike_llm_calls_under_way\{[^}]*\} 0$/m);
      expect((await gateway.post(CHAT, customer, chat())).status).toBe(200);
    });

    test.each([false, true])('responses for what they searched as well, streamed: %s', async (stream) => {
      await begin();
      const search = (id: string, type: string) => ({
        id,
        type: 'web_search_call',
        status: 'completed',
        action: { type },
      });
      // A cent each; to open what was found is none.
      const output = [search('ws_1', 'search'), search('ws_2', 'open_page'), search('ws_3', 'search')];
      const body = { model: MODEL, input: 'Hello', stream, tools: [{ type: 'web_search' }] };
      const answer = await gateway.post('/openai/v1/responses', customer, body, {
        usage: responsesUsage,
        more: { output },
      });
      expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
      await gateway.charged(customer, before, 2_000_900n);
    });

    test('embeddings have input only', async () => {
      await begin();
      const answer = await gateway.post(
        '/openai/v1/embeddings',
        customer,
        { model: MODEL, input: 'Hello' },
        { usage: { prompt_tokens: 7 } },
      );
      expect(answer.status).toBe(200);
      await answer.text();
      await gateway.charged(customer, before, 105n);
    });

    test('a transcription is charged by its seconds', async () => {
      await begin();
      const answer = await transcribe('1.5');
      expect(await answer.json()).toMatchObject({ text: 'hello' });
      await gateway.charged(customer, before, 15_000n);
    });

    test('an answer that is not streamed says what it cost and what is left', async () => {
      await begin();
      const answer = await gateway.post(CHAT, customer, chat(), { usage: openaiUsage });
      expect(answer.headers.get('x-credits-charged')).toBe('0.0009');
      expect(answer.headers.get('x-credits-remaining')).toBe('49.9991');
      await answer.text();
    });

    test('a stream says nothing of it, as its head goes out before anybody knows', async () => {
      await begin();
      const answer = await gateway.post(CHAT, customer, chat({ stream: true }), { usage: openaiUsage });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('x-credits'))).toEqual([]);
      expect(await answer.text()).toMatch(/\[DONE\]\n\n$/);
    });
  });

  describe('what brings nothing costs nothing', () => {
    test.each<[string, Script]>([
      ['an error of the vendor', { status: 500 }],
      ['a refusal of the vendor', { status: 429, headers: { 'retry-after': '30', 'x-should-retry': 'false' } }],
      ['an error event before any text', { error_after: 0 }],
    ])('%s', async (_name, script) => {
      await begin();
      const answer = await gateway.post(CHAT, customer, chat({ stream: true }), script);
      await answer.text();
      await gateway.charged(customer, before, 0n);
    });

    test('a connection that breaks before the first event is told as an event', async () => {
      await begin();
      const answer = await gateway.post(CHAT, customer, chat({ stream: true }), { cut_after: 0 });
      expect(await answer.text()).toContain('"code":"upstream_unavailable"');
      await gateway.charged(customer, before, 0n);
    });

    test('lists of models and counts of tokens are free', async () => {
      await begin();
      const list = await fetch(`${gateway.url}/openai/v1/models`, { headers: { 'x-api-key': customer.key } });
      expect(await list.json()).toMatchObject({ object: 'list' });
      const count = await gateway.post('/anthropic/v1/messages/count_tokens', customer, MESSAGES);
      expect(await count.json()).toMatchObject({ input_tokens: expect.any(Number) });
      await gateway.charged(customer, before, 0n);
    });
  });
}

/** Ten kilobytes of speech, whose answer reports that many seconds (a number as JSON has it). */
function transcribe(seconds: string): Promise<Response> {
  const form = new FormData();
  form.set('file', new Blob([Buffer.alloc(10_000)]), 'speech.mp3');
  form.set('model', MODEL);
  return fetch(`${gateway.url}/openai/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { 'x-api-key': customer.key, 'x-stand-in': `{"usage":{"type":"duration","seconds":${seconds}}}` },
    body: form,
  });
}
