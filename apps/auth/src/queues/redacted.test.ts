import { expect, test } from '@jest/globals';
import { redacted } from './redacted.ts';

test('a payload shows what it is about, and nothing that may be somebody’s', () => {
  const id = '0190b6a4-0000-7000-8000-000000000001';
  expect(
    redacted({
      type: 'user.updated',
      created_at: '2026-11-28T15:19:29.000Z',
      payload: {
        user_id: id,
        tier: 'pro',
        email: 'ann@example.com',
        revision: 3,
        erased: null,
        detail: { note: 'Ann Lee' },
      },
      list: [id, 'Ann'],
    }),
  ).toEqual({
    type: 'user.updated',
    created_at: '2026-11-28T15:19:29.000Z',
    payload: { user_id: id, tier: 'pro', email: '…', revision: 3, erased: null, detail: { note: '…' } },
    list: [id, '…'],
  });
});
