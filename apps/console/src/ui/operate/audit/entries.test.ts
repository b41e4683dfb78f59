import { expect, test } from '@jest/globals';
import { asCsv, asJsonLines, startOfDay, type Entry } from './entries.ts';

const entry: Entry = {
  id: '1',
  at: '2026-11-28T12:00:00Z',
  action: 'key.revoke',
  actor: 'operator',
  method: null,
  address: '203.0.113.9',
  user_agent: null,
  session_id: null,
  detail: { reason: '=cmd()', count: 2 },
  user_id: 'u1',
  user_email: 'max@example.com',
  organisation: { id: 't1', name: 'Acme' },
  key: { id: 'k1', name: 'Server', prefix: 'sk_live_4f0c1a' },
  request_id: null,
  operator: { id: 'o1', name: 'ada@example.com' },
};

test('files have an entry a line, as a spreadsheet or a programme reads it', () => {
  expect(asCsv([entry])).toBe(
    'at,action,actor,operator,user_id,user_email,organisation,key,request_id,address,detail\r\n' +
      '2026-11-28T12:00:00Z,key.revoke,operator,ada@example.com,u1,max@example.com,Acme,Server sk_live_4f0c1a,,203.0.113.9,"reason: =cmd(), count: 2"\r\n',
  );
  expect(
    asJsonLines([entry, entry])
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry),
  ).toEqual([entry, entry]);
  expect(asJsonLines([])).toBe('');
});

test('a day begins where the viewer is, and what is no day is no bound', () => {
  expect(startOfDay('2026-11-28')).toBe(new Date(2026, 10, 28).toISOString());
  expect(startOfDay('2026-12-31', 1)).toBe(new Date(2027, 0, 1).toISOString());
  expect([startOfDay(undefined), startOfDay('28.11.2026'), startOfDay('2026-99-99')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
