import { expect, test } from '@jest/globals';
import { filled, periodOf } from './range.ts';

test('a range asks for whole intervals, and the same ones for as long as they last', () => {
  const at = Date.parse('2026-11-28T12:34:56Z');
  expect(periodOf('24h', at)).toEqual({
    from: '2026-11-27T13:00:00.000Z',
    to: '2026-11-28T13:00:00.000Z',
    interval: 'hour',
  });
  expect(periodOf('7d', at)).toEqual({
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-11-29T00:00:00.000Z',
    interval: 'day',
  });
  expect(periodOf('24h', at + 60_000)).toEqual(periodOf('24h', at));
});

test('intervals without requests are there, with nothing in them', () => {
  const period = { from: '2026-11-26T00:00:00.000Z', to: '2026-11-29T00:00:00.000Z', interval: 'day' } as const;
  const series = [{ bucket: '2026-11-27T00:00:00.000Z', requests: 4 }];
  expect(filled(series, period, (bucket) => ({ bucket, requests: 0 })).map(({ requests }) => requests)).toEqual([
    0, 4, 0,
  ]);
});
