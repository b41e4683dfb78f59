import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { Components } from './openapi/components.ts';
import { queryNumber } from './query-number.ts';

const limit = queryNumber(1, 100).default(20);

test.each([
  ['7', 7],
  ['007', 7],
  ['100', 100],
  [7, 7],
  [undefined, 20],
])('%p is %p', (given, read) => {
  expect(limit.parse(given)).toBe(read);
});

test.each(['', ' ', '0', '101', ' 5 ', '+5', '-1', '1.5', '1e1', '0x10', '٣', 'true', ['5'], ['1', '2'], true, null])(
  '%p is refused',
  (given) => {
    expect(limit.safeParse(given).success).toBe(false);
  },
);

test('is an integer with its limits in the document', () => {
  const schema = new Components().schemaOf(z.object({ limit }), 'input');
  expect(schema).toMatchObject({
    properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
  });
  expect(schema).not.toHaveProperty('required');
});
