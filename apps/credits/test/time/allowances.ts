import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import type { TestLedger } from '../open-ledger.ts';
import { planWith } from '../plan-with.ts';

/** The plans that the ledger is opened with. */
export const PLANS = [
  planWith({ id: 'monthly', amount: 10_000_000n }),
  planWith({ id: 'lasting', amount: 10_000_000n, lifetimePeriods: null }),
  planWith({ id: 'weekly', amount: 7_000_000n, period: 'week', lifetimePeriods: 2 }),
];

/** What plans grant, period by period. */
export function allowanceTests(opened: () => TestLedger): void {
  let ledger: TestLedger;
  beforeAll(() => {
    ledger = opened();
  });

  async function renewAll(): Promise<void> {
    while ((await ledger.maintenance.renew(100, 24)) > 0);
  }

  /** Start of each period granted, oldest first. */
  async function periodsOf(user: string): Promise<string[]> {
    const { rows } = await ledger.owner.query<{ at: Date }>(
      `SELECT g.effective_at AS at FROM "grant" g JOIN account a ON a.id = g.account_id WHERE a.owner_id = $1 AND g.source LIKE 'plan:%' ORDER BY 1`,
      [user],
    );
    return rows.map((row) => row.at.toISOString());
  }

  describe('allowances', () => {
    test('a monthly anchor on the 31st: the last day of February, then the 31st of March again', async () => {
      await ledger.setNow('2026-01-31T10:00:00Z');
      const [common, leap] = [uuidv7(), uuidv7()];
      await ledger.startAllowance(common, 'lasting');
      await ledger.setNow('2026-04-30T10:00:00Z');
      await renewAll();
      expect(await periodsOf(common)).toEqual([
        '2026-01-31T10:00:00.000Z',
        '2026-02-28T10:00:00.000Z',
        '2026-03-31T10:00:00.000Z',
        '2026-04-30T10:00:00.000Z',
      ]);
      await ledger.setNow('2028-03-31T10:00:00Z');
      await ledger.startAllowance(leap, 'lasting', new Date('2028-01-31T10:00:00Z'));
      expect(await periodsOf(leap)).toEqual([
        '2028-01-31T10:00:00.000Z',
        '2028-02-29T10:00:00.000Z',
        '2028-03-31T10:00:00.000Z',
      ]);
    });

    test('renewed twice, by two processes at once, and after months without a run: one grant per period', async () => {
      await ledger.setNow('2029-01-15T00:00:00Z');
      const users = Array.from({ length: 12 }, () => uuidv7());
      for (const user of users) await ledger.startAllowance(user, 'monthly');
      await ledger.setNow('2029-05-20T00:00:00Z');
      await Promise.all([
        renewAll(),
        renewAll(),
        renewAll(),
        ...users.map((user) => ledger.startAllowance(user, 'monthly')),
      ]);
      await renewAll();
      for (const user of users) {
        expect(await periodsOf(user)).toEqual([1, 2, 3, 4, 5].map((month) => `2029-0${month}-15T00:00:00.000Z`));
        // Each grant lasts one period: of five, the last is left.
        expect(await ledger.sums(user)).toMatchObject({ balance: 10 });
      }
    });

    test('a new amount counts from the next period on', async () => {
      await ledger.setNow('2031-01-01T00:00:00Z');
      const user = uuidv7();
      await ledger.startAllowance(user, 'weekly');
      const lists = [
        planWith({ id: 'monthly', amount: 10_000_000n }),
        planWith({ id: 'lasting', amount: 10_000_000n, lifetimePeriods: null }),
        planWith({ id: 'weekly', amount: 9_000_000n, period: 'week', lifetimePeriods: 2 }),
      ];
      await ledger.allowances.load(lists);
      expect(await ledger.sums(user)).toMatchObject({ balance: 7 });
      await ledger.setNow('2031-01-08T00:00:00Z');
      await renewAll();
      expect(await ledger.sums(user)).toMatchObject({ balance: 16 });
      await ledger.setNow('2031-01-15T00:00:00Z');
      await renewAll();
      expect(await ledger.sums(user)).toMatchObject({ balance: 18 });
    });

    test('leaving and coming back yields nothing twice', async () => {
      await ledger.setNow('2032-01-01T00:00:00Z');
      const user = uuidv7();
      await ledger.startAllowance(user, 'lasting');
      for (let n = 0; n < 3; n += 1) {
        expect(await ledger.allowances.end(ledger.ownerOf(user), 'lasting')).toBe(true);
        expect(await ledger.startAllowance(user, 'lasting')).toMatchObject({ outcome: 'active' });
      }
      expect(await ledger.sums(user)).toMatchObject({ balance: 10 });
      await ledger.allowances.end(ledger.ownerOf(user), 'lasting');
      await ledger.setNow('2032-05-10T00:00:00Z');
      expect(await ledger.startAllowance(user, 'lasting')).toMatchObject({
        nextDueAt: new Date('2032-06-01T00:00:00Z'),
      });
      expect(await ledger.sums(user)).toMatchObject({ balance: 10 });
      expect(await ledger.allowances.end(ledger.ownerOf(uuidv7()), 'lasting')).toBe(false);
    });

    test('a plan that is no longer named grants nothing more and takes nobody; named again, it does both', async () => {
      await ledger.setNow('2034-01-01T00:00:00Z');
      const [user, late] = [uuidv7(), uuidv7()];
      await ledger.startAllowance(user, 'lasting');
      await ledger.allowances.load(PLANS.filter(({ id }) => id !== 'lasting'));
      expect(await ledger.startAllowance(late, 'lasting')).toEqual({ outcome: 'unknown_plan' });
      await ledger.setNow('2034-02-10T00:00:00Z');
      await renewAll();
      expect(await periodsOf(user)).toHaveLength(1);
      await ledger.allowances.load(PLANS);
      await renewAll();
      expect(await periodsOf(user)).toHaveLength(1);
      expect(await ledger.startAllowance(user, 'lasting')).toMatchObject({
        outcome: 'active',
        nextDueAt: new Date('2034-03-01T00:00:00Z'),
      });
    });

    test('taking over the plans writes no allowance, however many there are', async () => {
      await ledger.setNow('2035-01-01T00:00:00Z');
      const user = uuidv7();
      await ledger.startAllowance(user, 'weekly');
      const written = async () => (await ledger.owner.query('SELECT xmin FROM allowance')).rows;
      const before = await written();
      await ledger.allowances.load(PLANS.filter(({ id }) => id !== 'weekly'));
      expect(await written()).toEqual(before);
      await ledger.allowances.load(PLANS);
    });

    test('a closed account is granted nothing more', async () => {
      await ledger.setNow('2033-01-01T00:00:00Z');
      const user = uuidv7();
      await ledger.startAllowance(user, 'lasting');
      await ledger.closing.close(ledger.ownerOf(user));
      await ledger.setNow('2033-03-01T00:00:00Z');
      await renewAll();
      expect(await periodsOf(user)).toHaveLength(1);
      expect(await ledger.startAllowance(user, 'lasting')).toEqual({ outcome: 'closed' });
    });
  });
}
