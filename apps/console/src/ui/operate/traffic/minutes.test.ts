import { expect, test } from '@jest/globals';
import { everyMinute, rate } from './minutes.ts';

const time = { from: '2026-11-29T12:00:00.000Z', to: '2026-11-29T12:02:30.000Z' };

test('minutes without requests are there, with nothing in them, up to the one under way', () => {
  const series = [{ minute: '2026-11-29T12:01:00.000Z', requests: 4 }];
  expect(everyMinute(series, time, (minute) => ({ minute, requests: 0 })).map(({ requests }) => requests)).toEqual([
    0, 4, 0,
  ]);
});

test.each([
  [0, '0/min'],
  [5, '2/min'],
  [6, '2.4/min'],
  [60, '24/min'],
  [300, '2.0/s'],
  [3_000, '20/s'],
])('%d requests in two and a half minutes are %s', (requests, text) => expect(rate(requests, time)).toBe(text));
