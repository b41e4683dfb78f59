import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { fund } from '../../src/billing/stores/funding.ts';
import { lockAccount } from '../../src/billing/stores/subscriptions.ts';
import { expectInvariantsHold, openLedger, type TestLedger } from '../open-ledger.ts';
import { planWith } from '../plan-with.ts';

/** Time that is paid: its periods are granted once, in whatever order and however often payments are told, and no other period is. */

const ANCHOR = new Date('2030-01-31T00:00:00Z');
/** Starts of twelve periods from the anchor, and of the one after. */
const STARTS = Array.from({ length: 13 }, (_, month) => {
  const end = new Date(Date.UTC(2030, month + 1, 0));
  return new Date(Date.UTC(2030, month, Math.min(31, end.getUTCDate())));
});
const startOf = (number: number): Date => STARTS[number] as Date;

describe.each(['user', 'organisation'] as const)('accounts of type %s', (type) => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger(type);
    await ledger.allowances.load([planWith({ id: 'monthly', amount: 10_000_000n })]);
  });
  afterEach(() => expectInvariantsHold(ledger.database, 10 * 366 * 86_400));
  afterAll(() => ledger.close());

  /** Tells of a payment of the periods from one to before another. */
  const pay = (id: string, from: number, until: number): Promise<void> =>
    ledger.database.transaction(async (db) => {
      const account = await lockAccount(db, ledger.ownerOf(id));
      if (account === undefined) throw new Error('no account');
      const term = { anchorAt: ANCHOR, from: startOf(from), until: startOf(until), grantsRunning: true };
      await fund(db, { accountId: account.id, planId: 'monthly', ...term });
    });
  const renewAll = async (): Promise<void> => {
    while ((await ledger.maintenance.renew(100, 24)) > 0);
  };
  async function granted(id: string): Promise<number[]> {
    const { rows } = await ledger.owner.query<{ at: Date }>(
      `SELECT g.effective_at AS at FROM "grant" g JOIN account a ON a.id = g.account_id WHERE a.owner_id = $1 ORDER BY 1`,
      [id],
    );
    return rows.map(({ at }) => STARTS.findIndex((start) => start.getTime() === at.getTime()));
  }

  const term = fc.tuple(fc.nat({ max: 11 }), fc.integer({ min: 1, max: 3 })).map(([from, length]) => ({
    kind: 'pay' as const,
    from,
    until: Math.min(12, from + length),
  }));
  const step = fc.oneof(term, fc.record({ kind: fc.constant('wait' as const), month: fc.nat({ max: 11 }) }));

  test('each paid period that has begun is granted once, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const id = uuidv7();
        const paid = new Set<number>();
        let month = 0;
        for (const each of steps) {
          if (each.kind === 'wait') month = Math.max(month, each.month);
          await ledger.setNow(startOf(month).toISOString());
          if (each.kind === 'pay') {
            await pay(id, each.from, each.until);
            await pay(id, each.from, each.until);
            for (let number = each.from; number < each.until; number += 1) paid.add(number);
          }
          await renewAll();
        }
        await ledger.setNow(startOf(12).toISOString());
        await renewAll();
        const found = await granted(id);
        expect(new Set(found).size).toBe(found.length);
        for (const number of found) expect(paid).toContain(number);
      }),
      { numRuns: 25 },
    );
  });

  test('payments that come in order, each when its time begins, late or ahead, grant all of their periods', async () => {
    const id = uuidv7();
    await ledger.setNow(startOf(0).toISOString());
    await pay(id, 0, 2);
    await ledger.setNow(startOf(3).toISOString());
    await renewAll();
    expect(await granted(id)).toEqual([0, 1]);
    await pay(id, 2, 3);
    await pay(id, 3, 5);
    await ledger.setNow(startOf(5).toISOString());
    await renewAll();
    expect(await granted(id)).toEqual([0, 1, 2, 3, 4]);
  });

  test('time that nobody paid for is left out, and granted when it is paid after all', async () => {
    const id = uuidv7();
    await ledger.setNow(startOf(0).toISOString());
    await pay(id, 0, 1);
    await ledger.setNow(startOf(3).toISOString());
    await pay(id, 3, 4);
    expect(await granted(id)).toEqual([0, 3]);
    await pay(id, 1, 3);
    expect(await granted(id)).toEqual([0, 1, 2, 3]);
  });
});
