import { describe, expect, test } from '@jest/globals';
import { type Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { gateway, customer, before, begin, chat, MESSAGES, CHAT } from './stage.ts';

/** Streams that break off, and clients that leave. */
export function brokenOffTests(): void {
  describe('a stream that breaks off is charged by the text that was delivered', () => {
    test('Anthropic: input as it was told at the start, output as it was written', async () => {
      await begin();
      const script = {
        usage: { input_tokens: 20, output_tokens: 500 },
        text: 'four four four four four four',
        cut_after: 7,
      };
      const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, stream: true }, script);
      expect(await answer.text()).toContain('event: error');
      // Four deltas of five bytes.
      await gateway.charged(customer, before, 20n * 15n + 5n * 60n);
    });
  });

  test('E36: a stream of Anthropic ends without a [DONE]', async () => {
    const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, stream: true });
    const text = await answer.text();
    expect(text).toContain('message_stop');
    expect(text).not.toContain('[DONE]');
  });

  describe('a client that leaves pays for what was done', () => {
    const usage = { prompt_tokens: 20, completion_tokens: 296 };
    const leaveAfter = async (script: Script, events: number, body = chat({ stream: true })): Promise<void> => {
      const leaving = new AbortController();
      const response = await fetch(gateway.url + CHAT, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'x-api-key': customer.key,
          'content-type': 'application/json',
          'x-stand-in': JSON.stringify(script),
        },
        signal: leaving.signal,
      });
      const reader = response.body?.getReader();
      for (let count = 0; count < events; count += 1) await reader?.read();
      leaving.abort();
    };

    test('in the middle of a stream: the rest is read, and charged exactly and once', async () => {
      await begin();
      await leaveAfter({ usage, step_ms: 50 }, 2);
      await gateway.charged(customer, before, 20n * 15n + 296n * 60n);
    });

    test('in a stream that would go on for long: charged by what was delivered', async () => {
      await begin();
      await leaveAfter({ usage, text: 'word '.repeat(40), step_ms: 500 }, 2);
      await waitFor(async () => (await gateway.balance(customer)) < before);
      await waitFor(async () => {
        const metrics = await (await fetch(`${gateway.llm().url}/metrics`)).text();
        return /^turnpike_llm_drains\{[^}]*\} 0$/m.test(metrics);
      });
      const charged = before - (await gateway.balance(customer));
      expect(charged).toBeGreaterThan(0n);
      expect(charged).toBeLessThan(20n * 15n + 296n * 60n);
    });

    test('before the answer to a request that was sent whole: the answer decides', async () => {
      await begin();
      const leaving = new AbortController();
      const asking = fetch(gateway.url + CHAT, {
        method: 'POST',
        body: JSON.stringify(chat()),
        headers: {
          'x-api-key': customer.key,
          'content-type': 'application/json',
          'x-stand-in': JSON.stringify({ usage, delay_ms: 700 }),
        },
        signal: leaving.signal,
      });
      const arrived = gateway.received.length;
      await waitFor(() => gateway.received.length > arrived);
      leaving.abort();
      await expect(asking).rejects.toThrow();
      await gateway.charged(customer, before, 20n * 15n + 296n * 60n);
    });
  });
}
