import { expect, test } from '@jest/globals';
import { findingsOf, ledgerState } from './findings.ts';

const nowMs = Date.parse('2026-11-28T12:00:00Z');
const ledger = (checkedAt: string | null, violations = 0, seconds = 0) => ({
  verification: { checked_at: checkedAt, invariants: [{ rule: 'balance = Σ grant.remaining', violations }] },
  lag: [{ job: 'holds', seconds }],
});
const FRESH = '2026-11-28T11:00:00Z';
const all = { ledger: ledger(FRESH), queues: [], erasures: [], nowMs };

test('nothing is found where all is well, nor of what has not been read', () => {
  expect(findingsOf(all)).toEqual([]);
  expect(findingsOf({ ledger: undefined, queues: undefined, erasures: undefined, nowMs })).toEqual([]);
});

test.each([
  ['a broken invariant', { ledger: ledger(FRESH, 2) }, 'red'],
  ['a ledger that was never verified', { ledger: ledger(null) }, 'yellow'],
  ['a ledger that was verified too long ago', { ledger: ledger('2026-11-27T10:00:00Z') }, 'yellow'],
  ['maintenance that is behind', { ledger: ledger(FRESH, 0, 301) }, 'yellow'],
  ['a ledger that does not answer', { unread: ['ledger'] }, 'yellow'],
  ['failed jobs', { queues: [{ name: 'mail', failed: 1, oldest_waiting_at: null }] }, 'yellow'],
  [
    'a queue that nobody works on',
    { queues: [{ name: 'mail', failed: 0, oldest_waiting_at: '2026-11-28T11:50:00Z' }] },
    'red',
  ],
  ['a late erasure', { erasures: [{ requested_at: '2026-11-28T10:30:00Z' }] }, 'red'],
])('%s is found, with what to do', (_what, facts, severity) => {
  expect(findingsOf({ ...all, ...facts })).toMatchObject([
    { severity, what: expect.stringMatching(/./), advice: expect.stringMatching(/./) },
  ]);
});

test('what is one of its kind is said so, with the way to where it is looked at', () => {
  const queues = [{ name: 'mail', failed: 1, oldest_waiting_at: null }];
  expect(findingsOf({ ...all, queues })).toMatchObject([
    { what: '1 job of mail failed', place: ['/operate/queues', 'Jobs and mail'] },
  ]);
});

test.each([
  ['holds', ledger(FRESH)],
  ['broken', ledger(FRESH, 2)],
  ['unknown', ledger(null)],
])('a ledger is said to be %s after a verification that found so', (word, facts) => {
  expect(ledgerState(facts)).toBe(word);
});
