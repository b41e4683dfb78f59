import { expect, test } from '@jest/globals';
import { canCharge, chargesFor, differenceOf } from './effect.ts';

test('a route charges for the operation that it names, or that its placeholders can make', () => {
  expect(canCharge('chat', 'chat')).toBe(true);
  expect(canCharge('chat', 'chat.long')).toBe(false);
  expect(canCharge('generate_{preset}', 'generate_hd')).toBe(true);
  expect(canCharge('generate_{preset}', 'generate_')).toBe(false);
  expect(canCharge('a.b', 'axb')).toBe(false);
  expect(canCharge(null, 'chat')).toBe(false);
});

test('charges are counted where every call was looked at, and judged by the newest where not', () => {
  const newest = [
    { operation: 'chat', charged: '2' },
    { operation: 'chat', charged: null },
    { operation: 'draw', charged: '5' },
    { operation: null, charged: null },
  ];
  expect(chargesFor('chat', { total: 4, newest })).toEqual({ count: 1, exact: true });
  expect(chargesFor('chat', { total: 1_000, newest })).toEqual({ count: 250, exact: false });
  expect(chargesFor('chat', { total: 0, newest: [] })).toEqual({ count: 0, exact: true });
});

test('a new price is compared with the one before, or with nothing', () => {
  expect(differenceOf(3, 0.1, 0.3)).toBe(0.6);
  expect(differenceOf(3, 5, 4)).toBe(-3);
  expect(differenceOf(3, null, 4)).toBe(12);
});
