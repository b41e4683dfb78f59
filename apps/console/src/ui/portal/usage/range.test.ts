import { expect, test } from '@jest/globals';
import { filled, periodOf, periodOfDays } from './range.ts';

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

test('days of one’s choice are both included, by the hour where they are few; what is no such time is none', () => {
  expect(periodOfDays('2026-11-01', '2026-11-03')).toEqual({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-04T00:00:00.000Z',
    interval: 'hour',
  });
  expect(periodOfDays('2026-10-01', '2026-11-03')?.interval).toBe('day');
  expect(
    [
      ['2026-11-03', '2026-11-01'],
      ['2024-01-01', '2026-11-01'],
      ['2026-11-31', 'x'],
      [undefined, '2026-11-01'],
    ].map(([from, to]) => periodOfDays(from, to)),
  ).toEqual([undefined, undefined, undefined, undefined]);
});
