import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { TIERED_MODEL } from '../support/gateway.ts';
import { gateway, customer, before, begin, chat, MESSAGES, CHAT } from './stage.ts';

/** What is held before anything is sent. */
export function holdsTests(): void {
  describe('credits decide before anything is sent', () => {
    test('credits for 10 calls, 64 at once: 10 are made, 54 are 402', async () => {
      await begin();
      // 8 bytes of text in each part of the request: a call may cost up to this.
      const body = chat({ max_tokens: 100 });
      const probe = await gateway.post(CHAT, customer, { ...body, max_tokens: 1_000_000 }, {});
      const { error } = (await probe.json()) as { error: { message: string; cost: string } };
      expect(probe.status).toBe(402);
      expect(error.message).toContain('Insufficient credits');
      const perCall = BigInt(Math.round(Number(error.cost) * 1e6)) - 999_900n * 60n;
      await gateway.leave(customer, perCall * 10n);
      const sent = gateway.received.length;
      const script = { usage: { prompt_tokens: 0, completion_tokens: Number(perCall) / 60 }, delay_ms: 1_500 };
      const answers = await Promise.all(
        Array.from({ length: 64 }, async () => {
          const answer = await gateway.post(CHAT, customer, body, script);
          await answer.text();
          return [answer.status, answer.headers.get('x-should-retry')];
        }),
      );
      expect(answers.filter(([status]) => status === 200).length).toBe(10);
      expect(answers.filter(([status, retry]) => status === 402 && retry === 'false').length).toBe(54);
      expect(gateway.received.length - sent).toBe(10);
    });

    test('E17: prompts past the threshold of a price are held for at that price: credits for 3, 5 at once: 3 are made', async () => {
      await begin();
      const body = { ...chat(), model: TIERED_MODEL, messages: [{ role: 'user', content: 'word '.repeat(180_000) }] };
      const probe = await gateway.post(CHAT, customer, { ...body, max_tokens: 2_000_000 }, {});
      const { error } = (await probe.json()) as { error: { cost: string } };
      const perCall = BigInt(Math.round(Number(error.cost) * 1e6)) - 1_999_900n * 120n;
      expect(perCall).toBeGreaterThan(300_000n * 30n);
      await gateway.leave(customer, perCall * 3n);
      const usage = { prompt_tokens: Number(perCall - 100n * 120n) / 30, completion_tokens: 100 };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => gateway.post(CHAT, customer, body, { usage, delay_ms: 500 })),
      );
      expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
        200, 200, 200, 402, 402,
      ]);
      expect(await gateway.balance(customer)).toBe(0n);
    });

    test('an answer without a bound takes what there is; one with a bound does not', async () => {
      await begin();
      await gateway.leave(customer, 10_000n);
      const { max_tokens: _bound, ...unbounded } = chat();
      const answer = await gateway.post(CHAT, customer, unbounded, {
        usage: { prompt_tokens: 20, completion_tokens: 10 },
      });
      expect(answer.status).toBe(200);
      await answer.text();
      expect((await gateway.post(CHAT, customer, chat({ max_tokens: 1_024 }))).status).toBe(402);
    });

    test('a model without a price: 400, and nothing is sent', async () => {
      await begin();
      const sent = gateway.received.length;
      const answer = await gateway.post('/anthropic/v1/messages', customer, { ...MESSAGES, model: 'claude-opus-4.1' });
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { details: { error_code: 'llm.model_not_priced' } } },
      ]);
      expect(gateway.received.length).toBe(sent);
    });

    test('credits down: 503 and nothing is sent; free paths go on', async () => {
      const ready = async () => {
        const told = await fetch(`${gateway.url}/health/ready`);
        const { status, service, checks } = (await told.json()) as Record<string, unknown>;
        return [told.status, status, service, checks];
      };
      await begin();
      const sent = gateway.received.length;
      expect(await ready()).toEqual([200, 'ready', 'llm-gateway', { database: 'up', credits: 'up' }]);
      await gateway.credits().kill();
      await waitFor(async () => (await ready())[0] === 503);
      expect(await ready()).toEqual([503, 'not_ready', 'llm-gateway', { database: 'up', credits: 'down' }]);
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
      const answer = await gateway.post(CHAT, customer, chat());
      expect([answer.status, await answer.json()]).toMatchObject([503, { error: { type: 'server_error' } }]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(gateway.received.length).toBe(sent);
      expect((await fetch(`${gateway.url}/openai/v1/models`, { headers: { 'x-api-key': customer.key } })).status).toBe(
        200,
      );
      await gateway.restart('credits');
    });

    test('a settlement that credits cannot take is told when it is back', async () => {
      await begin();
      const answering = gateway.post(CHAT, customer, chat(), {
        usage: { prompt_tokens: 20, completion_tokens: 10 },
        delay_ms: 800,
      });
      const arrived = gateway.received.length;
      await waitFor(() => gateway.received.length > arrived);
      await gateway.credits().kill();
      expect((await answering).status).toBe(200);
      await gateway.restart('credits');
      await gateway.charged(customer, before, 900n);
    });
  });
}
