import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toMicro } from '../src/domain/amounts.ts';
import { createInspectionStore } from '../src/stores/inspection-store.ts';
import { createMonthMovements } from '../src/stores/month-movements.ts';
import { openLedger, type TestLedger } from './open-ledger.ts';

/** What operators see of a month: sums of days, of which those that are over are read once. */

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openLedger();
  // Entries of the past, as far as the clock of a test goes back.
  const file = new URL('../prisma/functions/clock/ledger_new_id.sql', import.meta.url);
  await ledger.owner.query((await readFile(file, 'utf8')).replace('clock_timestamp()', 'ledger_now()'));
});
afterAll(() => ledger.close());

async function on(day: string, granted: number, spent: number): Promise<void> {
  await ledger.setNow(day);
  const user = await ledger.userWith(granted);
  if (spent === 0) return;
  const hold = await ledger.reserve(user, spent);
  if (!('id' in hold)) throw new Error('no hold');
  await ledger.settle(hold.id);
}

test('the last 30 days are summed, and of days that are over nothing is read again', async () => {
  const inspection = createInspectionStore(ledger.database);
  const read: string[] = [];
  const movements = createMonthMovements((fromMs, untilMs) => {
    read.push(new Date(fromMs).toISOString().slice(0, 10));
    return inspection.movementsBetween(fromMs, untilMs);
  });
  const at = (time: string) => movements(Date.parse(time));
  const sums = (granted: number, spent: number) => ({ granted: toMicro(granted), spent: toMicro(spent) });
  await on('2030-03-01T23:59:59Z', 100, 0);
  await on('2030-03-02T00:00:00Z', 10, 4);
  await on('2030-03-30T23:59:59Z', 20, 0);
  await on('2030-03-31T00:10:00Z', 1, 1);
  // The first of March is the 31st day back.
  expect(await at('2030-03-31T00:30:00Z')).toEqual(sums(31, 5));
  expect(read).toHaveLength(30);
  read.length = 0;
  // What began before midnight may be written after it.
  await on('2030-03-30T23:59:59.500Z', 3, 0);
  expect(await at('2030-03-31T00:59:00Z')).toEqual(sums(34, 5));
  expect(read).toEqual(['2030-03-30', '2030-03-31']);
  await at('2030-03-31T01:00:00Z');
  read.length = 0;
  await on('2030-03-31T02:00:00Z', 7, 0);
  expect(await at('2030-03-31T02:01:00Z')).toEqual(sums(41, 5));
  expect(read).toEqual(['2030-03-31']);
  expect(await at('2030-04-01T12:00:00Z')).toEqual(sums(31, 1));
});
