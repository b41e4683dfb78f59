import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startStack, type EdgeStack } from './support/stack.ts';

/** As few anonymous requests as make a flood quick; refreshes must not be among them. */
const ANONYMOUS_PER_MINUTE = 5;

let stack: EdgeStack;
beforeAll(async () => {
  stack = await startStack({ RATE_LIMIT_TIERS: JSON.stringify({ anonymous: { per_minute: ANONYMOUS_PER_MINUTE } }) });
});
afterAll(() => stack.stop());

const refresh = (token: string) =>
  stack.send('/api/v1/auth/refresh', { method: 'POST', json: { refresh_token: token } });

describe('a refresh is counted by its token, as many clients share an address', () => {
  test('50 parallel refreshes from one address give one successor and no 429, ten runs in a row', async () => {
    let { refreshToken } = await stack.signIn();
    for (let run = 0; run < 10; run += 1) {
      const presented = refreshToken;
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(presented)));
      expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 200));
      const successors = new Set(answers.map((answer) => String(answer.body['refresh_token'])));
      expect(successors.size).toBe(1);
      [refreshToken = ''] = successors;
    }
  });

  test('one token has a limit of its own, told in the headers', async () => {
    const { refreshToken } = await stack.signIn();
    const answers = await Promise.all(Array.from({ length: 103 }, () => refresh(refreshToken)));
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(3);
    expect(answers[0]?.headers['x-ratelimit-limit']).toBe('100');
  });

  test('a request without a token counts for its address', async () => {
    const answer = await stack.send('/api/v1/auth/refresh', { method: 'POST', json: {} });
    expect([answer.status, answer.headers['x-ratelimit-limit']]).toEqual([422, String(ANONYMOUS_PER_MINUTE)]);
  });

  test('guessing tokens is stopped before another one is looked up', async () => {
    const { refreshToken } = await stack.signIn();
    const statuses: number[] = [];
    for (let guess = 0; guess < ANONYMOUS_PER_MINUTE + 2; guess += 1)
      statuses.push((await refresh(`guess-${guess}`)).status);
    expect(statuses).toEqual([...Array.from({ length: ANONYMOUS_PER_MINUTE }, () => 401), 429, 429]);
    expect((await refresh(refreshToken)).status).toBe(429);
  });
});
