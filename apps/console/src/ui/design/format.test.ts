import { describe, expect, test } from '@jest/globals';
import {
  bucketTime,
  bytes,
  counted,
  credits,
  csv,
  duration,
  exactTime,
  relativeTime,
  seconds,
  share,
  shortDate,
} from './format.ts';

describe('what people read', () => {
  const nowMs = Date.parse('2026-11-28T12:00:00Z');

  test.each([
    ['2026-11-28T11:59:50Z', 'just now'],
    ['2026-11-28T12:00:20Z', 'in a moment'],
    ['2026-11-28T11:57:00Z', '3 minutes ago'],
    ['2026-11-28T09:00:00Z', '3 hours ago'],
    ['2026-11-27T12:00:00Z', 'yesterday'],
    ['2026-12-05T12:00:00Z', 'in 7 days'],
    ['2024-11-28T12:00:00Z', '2 years ago'],
  ])('%s is %s', (iso, text) => expect(relativeTime(iso, nowMs)).toBe(text));

  test('the exact time names its zone', () => {
    expect(exactTime('2026-11-28T12:00:00Z', 'Europe/Berlin')).toBe('28 Nov 2026, 13:00:00 CET');
    expect(shortDate('2026-11-28T23:30:00Z', 'Europe/Berlin')).toBe('29 Nov 2026');
    expect(bucketTime('2026-11-28T00:00:00Z', 'day', 'America/New_York')).toBe('28 Nov');
    expect(bucketTime('2026-11-28T12:00:00Z', 'hour', 'UTC')).toBe('28 Nov, 12:00');
  });

  test('amounts keep every decimal that the books have, and no other', () => {
    expect([credits(1234567), credits('1234.500000'), credits('0.000001'), credits('-12.5'), credits('-0.5')]).toEqual([
      '1,234,567',
      '1,234.5',
      '0.000001',
      '-12.5',
      '-0.5',
    ]);
    expect(credits('900719925474099312.25')).toBe('900,719,925,474,099,312.25');
  });

  test('units', () => {
    expect([duration(0.42), duration(812), duration(1_234), duration(90_000)]).toEqual([
      '0.4 ms',
      '812 ms',
      '1.23 s',
      '1.5 min',
    ]);
    expect([seconds(60), seconds(300), seconds(7_200), seconds(86_400 * 3)]).toEqual([
      '60 s',
      '5 min',
      '2 h',
      '3 days',
    ]);
    expect([bytes(12), bytes(2_048), bytes(3_145_728)]).toEqual(['12 B', '2 KiB', '3 MiB']);
    expect([counted(1, 'key'), counted(2, 'key'), share(1, 3), share(0, 0)]).toEqual([
      '1 key',
      '2 keys',
      '33.3%',
      '0%',
    ]);
  });
});

test('a cell of a CSV file is never a formula', () => {
  expect(
    csv([
      ['name', 'count'],
      ['=1+1', 3],
      ['a "b", c', -2],
      ['-12.5', 0],
    ]),
  ).toBe('name,count\r\n\'=1+1,3\r\n"a ""b"", c",-2\r\n-12.5,0\r\n');
});
