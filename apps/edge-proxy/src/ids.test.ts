import { expect, test } from '@jest/globals';
import { newRequestId, randomHex } from './ids.ts';

test('request ids are UUIDs of version 7, in order of time, and never the same', () => {
  const ids = Array.from({ length: 5_000 }, newRequestId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  const times = ids.map((id) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(60_000);
});

test('random text has the length that was asked for, also where the pool ends', () => {
  const texts = Array.from({ length: 3_000 }, () => randomHex(24));
  expect(texts.every((text) => /^[0-9a-f]{48}$/.test(text))).toBe(true);
  expect(new Set(texts).size).toBe(texts.length);
});
