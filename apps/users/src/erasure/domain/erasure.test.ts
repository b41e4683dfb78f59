import { expect, test } from '@jest/globals';
import { planErasure, retryDelayMs } from './erasure.ts';

test('every service and backend comes before Redis', () => {
  expect(planErasure(['flash', 'clockchain'])).toEqual([
    { target: 'auth', phase: 1 },
    { target: 'credits', phase: 1 },
    { target: 'usage', phase: 1 },
    { target: 'llm', phase: 1 },
    { target: 'backend:flash', phase: 1 },
    { target: 'backend:clockchain', phase: 1 },
    { target: 'redis', phase: 2 },
  ]);
});

test.each([
  [1, 500],
  [2, 1_000],
  [5, 8_000],
  [11, 300_000],
  [5_000, 300_000],
])('after %d attempts it waits %d ms', (attempts, delay) => {
  expect(retryDelayMs(attempts)).toBe(delay);
});
