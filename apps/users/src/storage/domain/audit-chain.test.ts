import { describe, expect, test } from '@jest/globals';
import { auditFileOf, checkAuditFile, type AuditFileHead } from './audit-chain.ts';

const entries = Array.from({ length: 5 }, (_, index) => ({ id: String(index + 1), action: 'key.created', detail: {} }));
const head: AuditFileHead = { organisationId: 'acme', day: '2026-11-28', number: 1, previous: null };
const next = (previous: string): AuditFileHead => ({ ...head, day: '2026-11-29', number: 2, previous });

test('what was written is what was written, and the next file goes on from it', () => {
  const first = auditFileOf(head, entries);
  const second = auditFileOf(next(first.chain), entries);
  expect(checkAuditFile(first.text, head, first.chain)).toBeUndefined();
  expect(checkAuditFile(second.text, next(first.chain), second.chain)).toBeUndefined();
  expect(second.chain).not.toBe(first.chain);
  expect(JSON.parse(first.text.split('\n')[1] ?? '')).toMatchObject({ ...entries[0], chain: expect.any(String) });
});

describe('a file breaks', () => {
  const { text, chain } = auditFileOf(head, entries);
  const lines = text.trimEnd().split('\n');
  const broken = (change: (all: string[]) => string[]) =>
    checkAuditFile(`${change([...lines]).join('\n')}\n`, head, chain);

  test.each([1, 2, 3, 4, 5])('where entry %i was changed', (entry) => {
    const changed = broken((all) => all.with(entry, (all[entry] ?? '').replace('key.created', 'key.revoked')));
    expect(changed).toEqual({ line: entry + 1, fault: 'entry' });
  });

  test('where a line was taken out, doubled, moved or put in', () => {
    expect(broken((all) => all.toSpliced(2, 1))).toEqual({ line: 3, fault: 'entry' });
    expect(broken((all) => all.toSpliced(2, 0, all[2] ?? ''))).toEqual({ line: 4, fault: 'entry' });
    expect(broken((all) => [...all.slice(0, 2), ...all.slice(2).toReversed()])).toEqual({ line: 3, fault: 'entry' });
    expect(broken((all) => all.toSpliced(2, 0, '{"id":"9"}'))).toEqual({ line: 3, fault: 'entry' });
    expect(broken((all) => all.slice(0, -1))).toEqual({ line: 5, fault: 'entries' });
  });

  test('where its first line was changed, or it is another file', () => {
    expect(broken((all) => all.with(0, (all[0] ?? '').replace('2026-11-28', '2026-11-27')))).toMatchObject({ line: 1 });
    expect(broken((all) => all.with(0, (all[0] ?? '').replace('"entries":5', '"entries":4')))).toMatchObject({
      line: 2,
    });
    expect(checkAuditFile(text, next('0'.repeat(64)), chain)).toEqual({ line: 1, fault: 'head' });
    expect(checkAuditFile(text, { ...head, previous: '0'.repeat(64) }, chain)).toEqual({ line: 1, fault: 'previous' });
  });

  test('where it was made anew as a whole: it does not end as the one that was written', () => {
    const forged = auditFileOf(head, entries.with(1, { id: '2', action: 'key.revoked', detail: {} }));
    expect(checkAuditFile(forged.text, head, chain)).toEqual({ line: 6, fault: 'end' });
  });
});
