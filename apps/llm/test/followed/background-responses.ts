import { describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import OpenAI6 from 'openai-sdk-6';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { MODEL, type Customer, type Gateway } from '../support/gateway.ts';

const usage = { input_tokens: 20, output_tokens: 10 };
const FULL = '900';
/** Looks that no test waits for. */
const FOREVER = 100_000;

/** Responses that a vendor makes in the background: each is charged once, by what it used, whoever asks for it, leaves, or is killed. */
export function backgroundResponses(gatewayOf: () => Gateway, customerOf: () => Customer): void {
  const openaiOf = ({ key }: Customer) =>
    new OpenAI({ baseURL: `${gatewayOf().url}/openai/v1`, apiKey: key, maxRetries: 0 });
  const scripted = (script: Script) => ({ headers: { 'x-stand-in': JSON.stringify({ usage, ...script }) } });
  const make = (by: Customer, batch: Script['batch'] = {}, more: object = {}, script: Script = {}) =>
    openaiOf(by).responses.create(
      { model: MODEL, input: 'Hello', max_output_tokens: 100, background: true, ...more, stream: false },
      scripted({ batch, ...script }),
    );
  /** What became of somebody's holds, once none is open. */
  const settled = (ownerId: string) =>
    waitFor(async () => {
      const calls = await gatewayOf().calls(ownerId);
      return calls.length > 0 && calls.every(({ state }) => state !== 'open') ? calls : undefined;
    });

  describe.each([
    ['openai 7.59.0', OpenAI],
    ['openai 6.49.0', OpenAI6 as unknown as typeof OpenAI],
  ])('a response in the background, %s', (_version, Client) => {
    test('is held for, told of when it is done, and charged what it used; nothing of its text is kept', async () => {
      const customer = customerOf();
      const client = new Client({ baseURL: `${gatewayOf().url}/openai/v1`, apiKey: customer.key, maxRetries: 0 });
      const { id, status } = await client.responses.create(
        { model: MODEL, input: 'a secret question', background: true },
        scripted({ text: 'a secret answer', batch: { looks: 3 } }),
      );
      expect(status).toBe('queued');
      expect(await gatewayOf().calls(customer.userId)).toEqual([{ state: 'open', charged: null }]);
      const whole = await waitFor(async () => {
        const response = await client.responses.retrieve(id);
        return response.status === 'completed' ? response : undefined;
      });
      expect(whole.output_text).toBe('a secret answer');
      expect(await settled(customer.userId)).toEqual([{ state: 'settled', charged: FULL }]);
      const rows = await gatewayOf().sql(`SELECT * FROM batch WHERE user_id = '${customer.userId}'`);
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain('secret');
      // A process of an earlier release cannot read it, and leaves it.
      expect(Object.keys(rows[0]?.['terms'] as object)).toEqual(['response']);
      expect((await client.batches.list()).data).toEqual([]);
      await expect(client.batches.retrieve(id)).rejects.toMatchObject({ status: 404 });
      await client.responses.delete(id);
      expect(await gatewayOf().calls(customer.userId)).toHaveLength(1);
    });
  });

  test('E26: a response in the background is its maker’s, and cannot be deleted before it is accounted for', async () => {
    const [mine, theirs] = [openaiOf(customerOf()), openaiOf(await gatewayOf().customer())];
    const { id } = await make(customerOf(), { looks: FOREVER });
    for (const act of [
      () => theirs.responses.retrieve(id),
      () => theirs.responses.cancel(id),
      () => theirs.responses.delete(id),
      () => theirs.responses.create({ model: MODEL, input: 'Hello', previous_response_id: id }),
    ])
      await expect(act()).rejects.toMatchObject({ status: 404, code: 'not_found' });
    await expect(mine.responses.delete(id)).rejects.toMatchObject({ status: 400 });
    expect(await mine.responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    // Deleted before anybody else has looked: what it used is read first.
    await mine.responses.delete(id);
    expect(await settled(customerOf().userId)).toEqual([{ state: 'settled', charged: FULL }]);
    await expect(mine.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test.each<[string, NonNullable<Script['batch']>, object]>([
    ['that fails', { end: 'failed' }, { state: 'released', charged: null }],
    ['at which looks fail first', { failing: 2 }, { state: 'settled', charged: FULL }],
  ])('one %s is accounted for though nobody asks for it', async (_name, batch, what) => {
    await make(customerOf(), batch);
    expect(await settled(customerOf().userId)).toEqual([what]);
  });

  test('one that is cancelled before anything was done costs nothing', async () => {
    const { id } = await make(customerOf(), { looks: FOREVER, answered: 0 });
    await openaiOf(customerOf()).responses.cancel(id);
    expect(await settled(customerOf().userId)).toEqual([{ state: 'released', charged: null }]);
  });

  test('it costs what the tier does that served it', async () => {
    await make(customerOf(), {}, {}, { more: { service_tier: 'flex' } });
    expect(await settled(customerOf().userId)).toEqual([{ state: 'settled', charged: '450' }]);
  });

  test('streamed, by a client that leaves after the first event: charged once, with a record of what it used', async () => {
    const member = await gatewayOf().member();
    const stream = await openaiOf(member).responses.create(
      { model: MODEL, input: 'Hello', background: true, stream: true },
      scripted({ text: 'one two three', step_ms: 100 }),
    );
    for await (const event of stream) {
      expect(event.type).toBe('response.created');
      break;
    }
    expect(await settled(member.organisationId)).toEqual([{ state: 'settled', charged: FULL }]);
    const record = await waitFor(async () => {
      const path = '/trueportai-services/api/v1/analytics/logs?limit=100';
      const { items } = await gatewayOf().read(path, { authorization: `Bearer ${member.token}` });
      return (items as Record<string, unknown>[]).find(({ usage_source }) => usage_source === 'provider');
    });
    const used = { model: MODEL, input_tokens: 20, output_tokens: 10, cost: '0.0009', charge_state: 'settled' };
    expect(record).toMatchObject({ endpoint: 'responses', ...used });
  });

  test('the gateway is killed, and credits is down when it ends: charged once', async () => {
    await make(customerOf(), { looks: 3 });
    await gatewayOf().credits().kill();
    await gatewayOf().restart('llm');
    await waitFor(async () => {
      const [row] = await gatewayOf().sql(`SELECT state FROM batch WHERE user_id = '${customerOf().userId}'`);
      return row?.['state'] === 'ended';
    });
    await gatewayOf().restart('credits');
    expect(await settled(customerOf().userId)).toEqual([{ state: 'settled', charged: FULL }]);
  });

  test('one that the vendor refuses holds nothing at once; one whose answer was lost, once nobody can be told of it', async () => {
    const refused = await make(customerOf(), {}, {}, { status: 429 }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ status: 429 });
    expect(await settled(customerOf().userId)).toEqual([{ state: 'released', charged: null }]);
    const { requestID } = refused as { requestID: string };
    const looked = (line: string): boolean => line.includes(requestID) && line.includes('answer was lost');
    expect(gatewayOf().llm().logs().filter(looked)).toEqual([]);
    await expect(make(customerOf(), { lost: true })).rejects.toMatchObject({ status: 502 });
    expect(await settled(customerOf().userId)).toEqual(Array(2).fill({ state: 'released', charged: null }));
  });

  test('what it holds counts against the limit of its key, and credits', async () => {
    const member = await gatewayOf().member();
    const asMember = { authorization: `Bearer ${member.token}`, 'content-type': 'application/json' };
    const key = await fetch(`${gatewayOf().url}/api/v1/keys`, {
      method: 'POST',
      headers: asMember,
      body: JSON.stringify({ name: 'limited', spend_limit: { credits: 0.01, period: 'total' } }),
    });
    const limited = { ...member, ...((await key.json()) as { key: string }) };
    // 100 tokens out are 6,000 micro-credits and more.
    await make(limited, { looks: FOREVER });
    await expect(make(limited)).rejects.toMatchObject({ status: 402, code: 'key_spend_limit_reached' });
    await expect(make(customerOf(), {}, { max_output_tokens: 1_000_000 })).rejects.toMatchObject({
      status: 402,
      code: 'insufficient_credits',
    });
  });

  test('whoever is erased leaves none: it is cancelled, and what it held is returned', async () => {
    const customer = await gatewayOf().customer();
    const { id } = await make(customer, { looks: FOREVER });
    await gatewayOf().erase(customer.userId);
    expect(await settled(customer.userId)).toEqual([{ state: 'released', charged: null }]);
    await waitFor(async () => (await gatewayOf().sql('SELECT id FROM forgotten_batch')).length === 0);
    expect(gatewayOf().received.some(({ method, target }) => method === 'DELETE' && target.endsWith(id))).toBe(true);
  });

  test('what nobody could look at, ask for or charge is refused, and nothing is sent', async () => {
    const customer = await gatewayOf().member();
    const client = openaiOf(customer);
    const body = { model: MODEL, input: 'Hello', background: true };
    await expect(client.responses.create({ ...body, store: false })).rejects.toMatchObject({ status: 400 });
    await expect(client.responses.create({ ...body, model: 'nobody-knows' })).rejects.toMatchObject({
      code: 'model_not_priced',
    });
    const line = { custom_id: 'a', method: 'POST', url: '/v1/responses', body };
    const file = await toFile(Buffer.from(JSON.stringify(line)), 'in.jsonl');
    const { id } = await client.files.create({ file, purpose: 'batch' });
    const batch = { input_file_id: id, endpoint: '/v1/responses', completion_window: '24h' } as const;
    await expect(client.batches.create(batch)).rejects.toMatchObject({ status: 400 });
    const policy = {
      name: 'no-answers',
      type: 'keyword',
      config: { words: ['x'] },
      action: 'block',
      direction: 'response',
    };
    const made = await fetch(`${gatewayOf().url}/api/v1/policies`, {
      method: 'POST',
      headers: { authorization: `Bearer ${customer.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(policy),
    });
    expect(made.status).toBe(201);
    await waitFor(async () => {
      const refusal = await client.responses.create(body).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return (refusal as { code?: string } | undefined)?.code === 'content_policy_violation';
    });
  });
}
