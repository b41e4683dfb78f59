import { expect, test } from '@jest/globals';
import { groupErrors } from './errors.ts';

test('errors that are alike stand in one line, the most frequent first, with when it was last', () => {
  const record = (status: number, code: string, minute: number) => ({
    status,
    error_code: code,
    route: 'reports.create',
    created_at: `2026-11-28T12:0${minute}:00Z`,
  });
  const groups = groupErrors([
    record(503, 'upstream.unavailable', 5),
    record(402, 'credits.insufficient', 4),
    record(402, 'credits.insufficient', 3),
  ]);
  expect(groups).toMatchObject([
    { status: 402, count: 2, lastAt: '2026-11-28T12:04:00Z' },
    { status: 503, count: 1, lastAt: '2026-11-28T12:05:00Z' },
  ]);
  expect(groupErrors([])).toEqual([]);
});
