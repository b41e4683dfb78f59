import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { waitFor } from '@turnpike/test-kit';
import type { TestLedger } from '../open-ledger.ts';

/** What a settlement charges, and the debt that it may leave. */
export function settlementTests(opened: () => TestLedger): void {
  let ledger: TestLedger;
  beforeAll(() => {
    ledger = opened();
  });

  describe('settlement: what a call cost against what was held', () => {
    interface Row {
      readonly name: string;
      /** Granted, held, and what else is held beside. */
      readonly granted: number;
      readonly hold: number;
      readonly beside?: number;
      readonly settle: number | undefined;
      /** The hold expires before it is settled. */
      readonly late?: true;
      readonly charged: number;
      readonly after: { readonly balance: number; readonly held: number; readonly debt: number };
    }
    const table: Row[] = [
      {
        name: 'the whole hold',
        granted: 10,
        hold: 5,
        settle: undefined,
        charged: 5,
        after: { balance: 5, held: 0, debt: 0 },
      },
      {
        name: 'a part: the rest returns',
        granted: 10,
        hold: 5,
        settle: 2,
        charged: 2,
        after: { balance: 8, held: 0, debt: 0 },
      },
      {
        name: 'usage explicitly zero',
        granted: 10,
        hold: 5,
        settle: 0,
        charged: 0,
        after: { balance: 10, held: 0, debt: 0 },
      },
      {
        name: 'more, and there is more',
        granted: 10,
        hold: 5,
        settle: 8,
        charged: 8,
        after: { balance: 2, held: 0, debt: 0 },
      },
      {
        name: 'more than there is: debt',
        granted: 10,
        hold: 5,
        settle: 12,
        charged: 12,
        after: { balance: 0, held: 0, debt: 2 },
      },
      {
        name: 'more, while others hold: their holds are left alone',
        granted: 10,
        hold: 5,
        beside: 4,
        settle: 8,
        charged: 8,
        after: { balance: 4, held: 4, debt: 2 },
      },
      {
        name: 'late: free credits are taken',
        granted: 10,
        hold: 5,
        settle: undefined,
        late: true,
        charged: 5,
        after: { balance: 5, held: 0, debt: 0 },
      },
      {
        name: 'late, and others hold everything: debt',
        granted: 10,
        hold: 5,
        beside: 10,
        settle: undefined,
        late: true,
        charged: 5,
        after: { balance: 10, held: 10, debt: 5 },
      },
      {
        name: 'late and zero',
        granted: 10,
        hold: 5,
        settle: 0,
        late: true,
        charged: 0,
        after: { balance: 10, held: 0, debt: 0 },
      },
    ];

    test.each(table)('$name', async ({ granted, hold, beside, settle, late, charged, after }) => {
      const user = await ledger.userWith(granted);
      const id = uuidv7();
      await ledger.reserve(user, hold, id, late ? 1 : 60_000);
      if (late) {
        await waitFor(async () => {
          await ledger.maintenance.expireHolds(10);
          return (await ledger.sums(user)).held === 0;
        });
      }
      if (beside) expect(await ledger.reserve(user, beside)).toMatchObject({ outcome: 'reserved' });
      expect(await ledger.settle(id, settle)).toMatchObject({
        outcome: 'settled',
        charged: BigInt(charged) * 1_000_000n,
      });
      expect(await ledger.sums(user)).toEqual(after);
      // Whoever asks again is told the same, and nothing moves.
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'settled', replayed: true });
      expect(await ledger.sums(user)).toEqual(after);
    });
  });

  describe('debt', () => {
    async function inDebt(debt: number): Promise<string> {
      const user = await ledger.userWith(5);
      const id = uuidv7();
      await ledger.reserve(user, 5, id);
      await ledger.settle(id, 5 + debt);
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt });
      return user;
    }

    test('is paid by the next grant first', async () => {
      const user = await inDebt(4);
      expect(await ledger.grant(user, 10)).toMatchObject({ outcome: 'granted', available: 6_000_000n });
      expect(await ledger.sums(user)).toEqual({ balance: 6, held: 0, debt: 0 });
    });

    test('that a grant does not cover stays, and nothing can be held until it is paid', async () => {
      const user = await inDebt(4);
      await ledger.grant(user, 3);
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 1 });
      expect(await ledger.reserve(user, 1)).toMatchObject({ outcome: 'insufficient', available: 0n });
    });

    test('is paid by a hold that returns', async () => {
      const user = await ledger.userWith(10);
      const [large, small] = [uuidv7(), uuidv7()];
      await ledger.reserve(user, 6, large);
      await ledger.reserve(user, 4, small);
      await ledger.settle(small, 9);
      expect(await ledger.sums(user)).toEqual({ balance: 6, held: 6, debt: 5 });
      await ledger.release(large);
      expect(await ledger.sums(user)).toEqual({ balance: 1, held: 0, debt: 0 });
    });

    test('can be forgiven, once', async () => {
      const user = await inDebt(4);
      const writeOff = { owner: ledger.ownerOf(user), actor: 'admin', reason: 'goodwill' };
      expect(await ledger.closing.writeOff(writeOff)).toEqual({ outcome: 'written_off', amount: 4_000_000n });
      expect(await ledger.closing.writeOff(writeOff)).toEqual({ outcome: 'written_off', amount: 0n });
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 0 });
    });
  });
}
