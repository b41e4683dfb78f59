import { describe, expect, test } from '@jest/globals';
import { BUCKETS, ceilTo, floorTo, intervalsBetween, quantileMs } from './stats.ts';

const histogram = (counts: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: BUCKETS }, (_value, bucket) => counts[bucket] ?? 0);

describe('a quantile of a histogram', () => {
  test('of nothing is none', () => expect(quantileMs(histogram({}), 0.5)).toBeUndefined());
  test('lies within its bucket, as far as it is filled', () => {
    // 100 requests between 10 and 20 ms.
    expect(quantileMs(histogram({ 4: 100 }), 0.5)).toBe(15);
    expect(quantileMs(histogram({ 4: 100 }), 0.99)).toBeCloseTo(19.9);
  });
  test('passes empty buckets', () => expect(quantileMs(histogram({ 0: 50, 8: 50 }), 0.95)).toBeCloseTo(97.5));
  test('in the last bucket is its lower bound', () => expect(quantileMs(histogram({ 19: 3 }), 0.5)).toBe(60_000));
});

test('moments are brought to the bounds of an interval', () => {
  const moment = new Date('2026-11-28T22:17:05.123Z');
  expect(floorTo('hour', moment).toISOString()).toBe('2026-11-28T22:00:00.000Z');
  expect(ceilTo('day', moment).toISOString()).toBe('2026-11-29T00:00:00.000Z');
  expect(ceilTo('minute', floorTo('minute', moment)).toISOString()).toBe('2026-11-28T22:17:00.000Z');
  expect(intervalsBetween('hour', floorTo('day', moment), ceilTo('day', moment))).toBe(24);
});
