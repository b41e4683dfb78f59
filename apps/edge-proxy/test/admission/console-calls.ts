import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { readRecords, type RecordReader } from '../support/records.ts';
import type { EdgeStack } from '../support/stack.ts';

export const consoleCalls: StackTests = (shared) => {
  const KEY = 'c'.repeat(32);
  const BALANCE = '/api/v1/credits/balance';

  let stack: EdgeStack;
  let records: RecordReader;

  beforeAll(async () => {
    stack = await withEdge(shared(), { CONSOLE_KEY: KEY });
    records = readRecords(stack.redis.url);
  });
  afterAll(async () => {
    records.close();
    await stack.stop();
  });

  const policyOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): string =>
    String(headers['ratelimit-policy']);

  test('the console asks for a person apart from their limits, and leaves no record', async () => {
    const { token } = await stack.signIn();
    const marked = await stack.send(BALANCE, { token, headers: { 'X-Console-Key': KEY, 'X-Request-ID': 'looked-1' } });
    expect([marked.status, policyOf(marked)]).toEqual([200, '"console";q=600;w=60']);
    const plain = await stack.send(BALANCE, { token, headers: { 'X-Request-ID': 'asked-1' } });
    expect(policyOf(plain)).toMatch(/^"minute"/);
    await records.of('asked-1');
    expect((await records.all()).filter(({ requestId }) => requestId === 'looked-1')).toEqual([]);
  });

  test('a wrong key makes a call like anybody’s', async () => {
    const { token } = await stack.signIn();
    const answer = await stack.send(BALANCE, {
      token,
      headers: { 'X-Console-Key': `${KEY}c`, 'X-Forwarded-For': '203.0.113.9' },
    });
    expect([answer.status, policyOf(answer).startsWith('"minute"')]).toEqual([200, true]);
  });

  test('what costs credits is charged and counted as ever', async () => {
    const { token } = await stack.signIn();
    const json = { query: 'Moon landing' };
    const headers = { 'X-Console-Key': KEY, 'X-Request-ID': 'paid-1' };
    const answer = await stack.send('/api/v1/timepoints/generate/sync', { method: 'POST', token, json, headers });
    expect([answer.status, answer.headers['x-credits-charged']]).toEqual([200, '5']);
    expect(policyOf(answer)).toMatch(/^"minute"/);
    await records.of('paid-1');
  });
};
