import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import type { Script } from '@turnpike/stand-in-vendors';
import { waitFor } from '@turnpike/test-kit';
import { backgroundResponses } from './followed/background-responses.ts';
import { MODEL, type Customer, type Gateway } from './support/gateway.ts';
import { startPricedGateway } from './support/prices-file.ts';

/** Batches whose processes are killed, whose vendors fail, and that outlive their holds: each is charged once, by what it used. */

const usage = { prompt_tokens: 20, completion_tokens: 10 };
const EACH = 450n;
const FOREVER = 100_000;

let gateway: Gateway;
let customer: Customer;
beforeAll(async () => {
  gateway = await startPricedGateway({ LLM_BATCH_POLL_SECONDS: '1', LLM_UPSTREAM_TIMEOUT_MS: '5000' });
});
beforeEach(async () => {
  customer = await gateway.customer();
});
afterAll(async () => {
  await gateway.verify();
  await gateway.stop();
});

const openaiOf = ({ key }: Customer) => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: key, maxRetries: 0 });

/** A batch of two requests. */
async function make(by: Customer, batch: Script['batch'] = {}) {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 };
  const lines = [1, 2].map((index) =>
    JSON.stringify({ custom_id: `request-${index}`, method: 'POST', url: '/v1/chat/completions', body }),
  );
  const file = await toFile(Buffer.from(lines.join('\n')), 'in.jsonl');
  const { id: input_file_id } = await openaiOf(by).files.create({ file, purpose: 'batch' });
  return openaiOf(by).batches.create(
    { input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' },
    { headers: { 'x-stand-in': JSON.stringify({ usage, batch }) } },
  );
}

const CHARGED = { state: 'settled', charged: String(2n * EACH) };

/** What became of the customer's holds, once none is open. */
const settled = (ownerId = customer.userId) =>
  waitFor(async () => {
    const calls = await gateway.calls(ownerId);
    return calls.length > 0 && calls.every(({ state }) => state !== 'open') ? calls : undefined;
  });

/** The batch of the customer as the gateway has it. */
async function row() {
  const [batch] = await gateway.sql(`SELECT * FROM batch WHERE user_id = '${customer.userId}'`);
  return batch as Record<string, unknown>;
}

const until = (state: string) => waitFor(async () => ((await row())?.['state'] === state ? true : undefined));
const change = (what: string) => gateway.sql(`UPDATE batch SET ${what} WHERE user_id = '${customer.userId}'`);

/** A counter of all processes together. */
async function counted(name: string, apps = [gateway.llm()]): Promise<number> {
  const texts = await Promise.all(apps.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line.startsWith(name)));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('a gateway that is killed while batches are under way charges for them when it is there again', async () => {
  await make(customer, { looks: 3 });
  await gateway.restart('llm');
  expect(await settled()).toEqual([CHARGED]);
});

test('one that is killed between the end of a batch and its charge, while credits is down: charged once', async () => {
  await make(customer, { looks: 2 });
  await gateway.credits().kill();
  await until('ended');
  await gateway.restart('llm');
  await gateway.restart('credits');
  expect(await settled()).toEqual([CHARGED]);
  await until('settled');
});

test('two processes share them: each is charged once, and counted once', async () => {
  const other = await gateway.anotherLlm();
  try {
    const apps = [gateway.llm(), other];
    const before = await counted('turnpike_llm_batches_total{', apps);
    const owners = await Promise.all(Array.from({ length: 6 }, () => gateway.customer()));
    await Promise.all(owners.map((owner) => make(owner, { looks: 2 })));
    for (const owner of owners) expect(await settled(owner.userId)).toEqual([CHARGED]);
    await waitFor(async () => (await counted('turnpike_llm_batches_total{', apps)) === before + owners.length);
  } finally {
    await other.stop();
  }
});

test('a batch whose answer was lost is found at the vendor by its file, and is its maker’s', async () => {
  await expect(make(customer, { lost: true })).rejects.toMatchObject({ status: 502 });
  expect(await settled()).toEqual([CHARGED]);
  const { data } = await openaiOf(customer).batches.list();
  expect(data).toEqual([expect.objectContaining({ status: 'completed' })]);
  expect(await openaiOf(customer).batches.retrieve(data[0]?.id ?? '')).toMatchObject({ status: 'completed' });
});

test('one that the vendor refuses holds nothing, at once; one that it failed on, once it cannot be there', async () => {
  const create = async (status: number) => {
    const line = { custom_id: 'a', method: 'POST', url: '/v1/embeddings', body: { model: MODEL, input: 'Hello' } };
    const file = await toFile(Buffer.from(JSON.stringify(line)), 'in.jsonl');
    const { id: input_file_id } = await openaiOf(customer).files.create({ file, purpose: 'batch' });
    const headers = { 'x-stand-in': JSON.stringify({ status }) };
    return openaiOf(customer).batches.create(
      { input_file_id, endpoint: '/v1/embeddings', completion_window: '24h' },
      { headers },
    );
  };
  await expect(create(429)).rejects.toMatchObject({ status: 429 });
  expect(await gateway.calls(customer.userId)).toEqual([{ state: 'released', charged: null }]);
  await expect(create(500)).rejects.toMatchObject({ status: 500 });
  expect(await settled()).toEqual([
    { state: 'released', charged: null },
    { state: 'released', charged: null },
  ]);
});

test('a vendor that fails is asked again; what it charges for comes out in the end', async () => {
  await make(customer, { failing: 3 });
  expect(await settled()).toEqual([CHARGED]);
});

test('a hold that nears a day is followed by another, and the batch is charged under that', async () => {
  const { id } = await make(customer, { looks: FOREVER });
  await change("hold_made_at = now() - interval '21 hours'");
  await waitFor(async () => ((await row())['hold_number'] === 1 ? true : undefined));
  await waitFor(async () => {
    const calls = await gateway.calls(customer.userId);
    return calls.map(({ state }) => state).join() === 'released,open' ? true : undefined;
  });
  await openaiOf(customer).batches.cancel(id);
  expect(await settled()).toEqual([{ state: 'released', charged: null }, CHARGED]);
});

test('without credits for another hold it goes on, and is charged all the same', async () => {
  const { id } = await make(customer, { looks: FOREVER });
  await gateway.leave(customer, 1_000n);
  const before = await counted('turnpike_llm_batches_unheld_total');
  await change("hold_made_at = now() - interval '21 hours'");
  await waitFor(async () => (await counted('turnpike_llm_batches_unheld_total')) > before);
  await openaiOf(customer).batches.cancel(id);
  expect((await settled()).at(0)).toEqual(CHARGED);
});

test('one that the vendor has no more is given up after an hour, loudly, and costs nothing', async () => {
  await make(customer, { gone: true });
  await waitFor(async () => ((await row())['missing_since'] === null ? undefined : true));
  expect((await gateway.calls(customer.userId)).map(({ state }) => state)).toEqual(['open']);
  await change("missing_since = now() - interval '2 hours', look_at = now()");
  expect(await settled()).toEqual([{ state: 'released', charged: null }]);
  await waitFor(async () => (await counted('turnpike_llm_batches_total{provider="openai",outcome="gone"')) === 1);
  await waitFor(() => gateway.llm().logs().join('\n').includes('a batch is given up'));
});

test('one that is out of reach is asked for again and again, and given up after eight days', async () => {
  await make(customer, { failing: FOREVER });
  await waitFor(async () => (Number((await row())['failures']) > 1 ? true : undefined));
  await change("created_at = now() - interval '9 days', look_at = now()");
  expect(await settled()).toEqual([{ state: 'released', charged: null }]);
  await waitFor(
    async () => (await counted('turnpike_llm_batches_total{provider="openai",outcome="unreachable"')) === 1,
  );
});

test('results are shown once what they cost is known, so that nobody can delete them before', async () => {
  const { id } = await make(customer, { looks: FOREVER });
  await openaiOf(customer).batches.cancel(id);
  const batch = await waitFor(async () => {
    const found = await openaiOf(customer).batches.retrieve(id);
    return found.status === 'cancelled' ? found : undefined;
  });
  expect(['ended', 'settled']).toContain((await row())['state']);
  await openaiOf(customer).files.delete(batch.output_file_id ?? '');
  expect(await settled()).toEqual([CHARGED]);
});

describe('once their maker is erased', () => {
  const erased = async () => {
    const before = gateway.received.length;
    await gateway.erase(customer.userId);
    expect(await settled()).toEqual([{ state: 'released', charged: null }]);
    await waitFor(async () => {
      // What failed rests for a minute.
      const waiting = await gateway.sql('UPDATE forgotten_batch SET due_at = now() WHERE failures > 0 RETURNING id');
      const rest = await gateway.sql('SELECT FROM forgotten_batch UNION ALL SELECT FROM forgotten_object');
      return waiting.length + rest.length === 0;
    });
    return gateway.received.slice(before).map(({ method, target }) => `${method} ${target}`);
  };

  test('a batch is cancelled however often the vendor fails, its files are deleted, and what it held is returned', async () => {
    const { id, input_file_id } = await make(customer, { looks: FOREVER, failing: 3 });
    const asked = await erased();
    expect(asked.filter((each) => each.startsWith('POST'))).toEqual([`POST /openai/v1/batches/${id}/cancel`]);
    const deleted = asked.filter((each) => each.startsWith('DELETE /openai/v1/files/'));
    expect(deleted).toContain(`DELETE /openai/v1/files/${input_file_id}`);
    expect(new Set(deleted).size).toBe(2);
  });

  test('so is one whose answer was lost', async () => {
    await expect(make(customer, { looks: FOREVER, lost: true })).rejects.toMatchObject({ status: 502 });
    const asked = await erased();
    expect(asked.filter((each) => each.startsWith('POST'))).toEqual([
      expect.stringMatching(/^POST \/openai\/v1\/batches\/batch_\w+\/cancel$/),
    ]);
  });
});

describe('responses in the background', () =>
  backgroundResponses(
    () => gateway,
    () => customer,
  ));
