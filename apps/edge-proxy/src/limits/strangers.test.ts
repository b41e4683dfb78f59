import { expect, test } from '@jest/globals';
import { Strangers } from './strangers.ts';

const STRANGERS = 200_000;

test('however many strangers come, they have a bounded number of counters; who came first keeps its own', () => {
  let nowMs = 0;
  const strangers = new Strangers(60_000, () => nowMs);
  const names = new Set<string>();
  for (let stranger = 0; stranger < STRANGERS; stranger += 1) names.add(strangers.nameOf(`address:${stranger}`));
  expect(names.size).toBe(51_024);
  expect(strangers.nameOf('address:0')).toBe('address:0');
  expect(strangers.nameOf(`address:${STRANGERS - 1}`)).toMatch(/^shared:\d{1,4}$/);
  nowMs = 60_000;
  expect(strangers.nameOf(`address:${STRANGERS - 1}`)).toBe(`address:${STRANGERS - 1}`);
});
