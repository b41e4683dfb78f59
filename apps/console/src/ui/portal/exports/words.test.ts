import { expect, test } from '@jest/globals';
import { failureWords, timesOf } from './words.ts';

test('days are whole ones of UTC, the last one included', () => {
  expect(timesOf('2026-02-01', '2026-02-28')).toEqual({
    from: '2026-02-01T00:00:00.000Z',
    to: '2026-03-01T00:00:00.000Z',
  });
});

test('days that are not told are left to the gateway', () => {
  expect(timesOf(undefined, undefined)).toEqual({});
});

test('a failure says whether it is the end', () => {
  expect(failureWords({ state: 'ready', failure: null })).toBeUndefined();
  expect(failureWords({ state: 'running', failure: 'timeout' })).toBe(
    'the store did not answer in time; it is tried again',
  );
  expect(failureWords({ state: 'failed', failure: 'too_large' })).toContain('shorter time');
});
