import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const SYNC = '/api/v1/timepoints/generate/sync';
const REPETITIONS = 10;
/** Longer than anything here takes, on a busy machine too. */
const LONG_MS = '60000';

/**
 * While credits is slow, what an edge has decided is in its memory alone. Nobody is told that a call succeeded before it is elsewhere too, be it by
 * the end of the answer or by a repetition of it: an edge that is killed then would have given it away.
 */
export function aSlowLedgerLosesNoCharge(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let way: TcpProxy;
  let user: SignedIn;
  /** The upstream has done its part. */
  let answered: boolean;
  beforeAll(async () => {
    stack = shared();
    way = await startTcpProxy(stack.urls.credits);
  });
  afterAll(() => way.close());
  beforeEach(async () => {
    way.set('pass');
    answered = false;
    user = await stack.signIn();
  });

  /** An edge that credits stops answering as soon as the upstream has. */
  async function startSlow(settleWaitMs: string): Promise<RunningApp> {
    stack.upstream.respond = (_request, response) => {
      way.set('stall');
      response.end('done', () => (answered = true));
    };
    return await stack.startEdge({
      CREDITS_URL: `http://127.0.0.1:${way.port}`,
      CREDITS_TIMEOUT_MS: LONG_MS,
      SETTLE_WAIT_MS: settleWaitMs,
    });
  }

  const call = (url: string, key: string): Promise<Answer> =>
    send(url, SYNC, { method: 'POST', token: user.token, json: {}, headers: { 'Idempotency-Key': key } });

  async function charges(): Promise<number[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).flatMap(({ amount }) => (amount < 0 ? [amount] : []));
  }

  test('an answer that has ended is charged, though the edge was killed the moment after', async () => {
    const edge = await startSlow('100');
    expect(await call(edge.url, 'killed')).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    await edge.kill();
    await waitFor(async () => (await charges()).length > 0);
    expect([await charges(), await stack.balance(user)]).toEqual([[-5], 45]);
  });

  test('an answer that is not charged yet is given to no repetition', async () => {
    const edge = await startSlow(LONG_MS);
    const first = call(edge.url, 'uncharged');
    await waitFor(() => answered);
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1)
      expect(await call(stack.edge.url, 'uncharged')).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    way.set('pass');
    expect(await first).toMatchObject({ status: 200, headers: { 'x-credits-charged': '5' } });
    expect((await call(stack.edge.url, 'uncharged')).headers['idempotency-replayed']).toBe('true');
    expect([await charges(), await stack.balance(user)]).toEqual([[-5], 45]);
  });
}
