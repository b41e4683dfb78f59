import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { waitFor } from '@turnpike/test-kit';
import { toMicro } from '../src/domain/amounts.ts';
import { expectInvariantsHold, openLedger, type TestLedger } from './open-ledger.ts';

describe.each(['user', 'organisation'] as const)('accounts of type %s', (ownerType) => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger(ownerType);
  });
  afterEach(async () => {
    await ledger.setNow(undefined);
    await expectInvariantsHold(ledger.database);
  });
  afterAll(() => ledger.close());

  const far = (days: number): Date => new Date(Date.now() + days * 86_400_000);

  describe('spending order: priority, then earliest expiry, then id', () => {
    interface GrantRow {
      readonly credits: number;
      readonly priority?: number;
      readonly expiresInDays?: number;
    }
    /** Grants in the order they are made → what is left of each after spending 5. */
    const table: [string, GrantRow[], number[]][] = [
      ['one grant', [{ credits: 8 }], [3]],
      ['the older of two equals', [{ credits: 4 }, { credits: 4 }], [0, 3]],
      ['what expires before what does not', [{ credits: 4 }, { credits: 4, expiresInDays: 9 }], [3, 0]],
      [
        'what expires earlier',
        [
          { credits: 4, expiresInDays: 9 },
          { credits: 4, expiresInDays: 2 },
        ],
        [3, 0],
      ],
      [
        'priority before expiry',
        [
          { credits: 4, expiresInDays: 2 },
          { credits: 4, priority: 10 },
        ],
        [3, 0],
      ],
      [
        'three grants for one charge',
        [{ credits: 2 }, { credits: 2, priority: 1 }, { credits: 2, expiresInDays: 1 }],
        [1, 0, 0],
      ],
    ];

    async function remainingOf(user: string): Promise<number[]> {
      const { rows } = await ledger.owner.query<{ remaining: string }>(
        'SELECT g.remaining FROM "grant" g JOIN account a ON a.id = g.account_id WHERE a.owner_id = $1 ORDER BY g.id',
        [user],
      );
      return rows.map((row) => Number(row.remaining) / 1e6);
    }

    async function fund(grants: readonly GrantRow[]): Promise<string> {
      const user = uuidv7();
      for (const { credits, priority, expiresInDays } of grants) {
        await ledger.grant(user, credits, {
          priority,
          expiresAt: expiresInDays === undefined ? undefined : far(expiresInDays),
        });
      }
      return user;
    }

    test('ids are of version 7 and sort by the moment they were made, also within a millisecond', async () => {
      const { rows } = await ledger.owner.query<{ id: string }>(
        'SELECT ledger_new_id() AS id FROM generate_series(1, 2000)',
      );
      const ids = rows.map(({ id }) => id);
      expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(id))).toEqual([]);
      // Two of one microsecond are equals.
      const moments = ids.map((id) => id.slice(0, 18));
      expect(moments).toEqual(moments.toSorted());
      expect(new Set(ids.map((id) => id.slice(0, 13))).size).toBeLessThan(new Set(moments).size);
    });

    test.each(table)('%s, by hold and settlement', async (_name, grants, left) => {
      const user = await fund(grants);
      const id = uuidv7();
      await ledger.reserve(user, 5, id);
      await ledger.settle(id);
      expect(await remainingOf(user)).toEqual(left);
    });

    test.each(table)('%s, by a charge at once', async (_name, grants, left) => {
      const user = await fund(grants);
      expect(
        await ledger.store.spend({
          owner: ledger.ownerOf(user),
          amount: 5_000_000n,
          transactionType: 'chat',
          actor: 'test',
        }),
      ).toMatchObject({ outcome: 'spent' });
      expect(await remainingOf(user)).toEqual(left);
    });
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

  describe('a reservation resolves once', () => {
    /** First command, second command → what the second is told. */
    test.each([
      ['settle', 'settle', { outcome: 'settled', replayed: true, charged: 5_000_000n }],
      ['settle', 'release', { outcome: 'already_settled' }],
      ['release', 'release', { outcome: 'released', replayed: true, released: 5_000_000n }],
      ['release', 'settle', { outcome: 'already_released' }],
    ] as const)('%s, then %s', async (first, second, told) => {
      const user = await ledger.userWith(10);
      const id = uuidv7();
      await ledger.reserve(user, 5, id);
      await ledger[first](id);
      const sums = await ledger.sums(user);
      expect(await ledger[second](id)).toMatchObject(told);
      expect(await ledger.sums(user)).toEqual(sums);
    });

    test('a release of an id nobody knows is remembered: the reserve that comes after it is refused', async () => {
      const user = await ledger.userWith(10);
      const id = uuidv7();
      expect(await ledger.release(id)).toMatchObject({ outcome: 'released', released: 0n, tombstone: true });
      expect(await ledger.reserve(user, 5, id)).toEqual({ outcome: 'gone' });
      expect(await ledger.release(id)).toMatchObject({ outcome: 'released', replayed: true });
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'already_released' });
      expect(await ledger.sums(user)).toEqual({ balance: 10, held: 0, debt: 0 });
    });

    test('a hold that was given up is not handed out again to a reserve that comes late; one that was settled is answered as before', async () => {
      const user = await ledger.userWith(10);
      const [released, settled] = [uuidv7(), uuidv7()];
      await ledger.reserve(user, 5, released);
      await ledger.release(released);
      expect(await ledger.reserve(user, 5, released)).toEqual({ outcome: 'gone' });
      const first = await ledger.reserve(user, 5, settled);
      await ledger.settle(settled);
      expect(await ledger.reserve(user, 5, settled)).toEqual({ ...first, replayed: true });
      expect(await ledger.sums(user)).toEqual({ balance: 5, held: 0, debt: 0 });
    });

    test('a settlement of an id nobody knows is not found, and leaves nothing', async () => {
      const user = await ledger.userWith(10);
      const id = uuidv7();
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'not_found' });
      expect(await ledger.reserve(user, 5, id)).toMatchObject({ outcome: 'reserved' });
    });
  });

  describe('a batch is many calls, not one', () => {
    test('each gets its own answer, whatever its neighbours get', async () => {
      const [rich, poor] = [await ledger.userWith(100), await ledger.userWith(3)];
      const known = uuidv7();
      await ledger.reserve(rich, 1, known);
      const item = (owner: string, credits: number, id = uuidv7()) => ({
        id,
        owner: ledger.ownerOf(owner),
        amount: toMicro(credits),
        ttlMs: 60_000,
        requestHash: Buffer.of(0),
        actor: 'test',
      });
      const results = await ledger.store.reserve([
        item(poor, 2),
        item(rich, 5),
        item(poor, 2),
        item(rich, 1, known),
        item(uuidv7(), 1),
        item(poor, 1),
      ]);
      expect(results.map((result) => result.outcome)).toEqual([
        'reserved',
        'reserved',
        'insufficient',
        'conflict',
        'insufficient',
        'reserved',
      ]);
      expect(await ledger.sums(poor)).toEqual({ balance: 3, held: 3, debt: 0 });
      expect(await ledger.sums(rich)).toEqual({ balance: 100, held: 6, debt: 0 });
    });

    test('settlements of several accounts, some of them odd, in one statement', async () => {
      const [one, two] = [await ledger.userWith(10), await ledger.userWith(10)];
      const ids = [uuidv7(), uuidv7(), uuidv7(), uuidv7()] as const;
      await ledger.reserve(one, 4, ids[0]);
      await ledger.reserve(two, 4, ids[1]);
      await ledger.reserve(one, 4, ids[2]);
      await ledger.reserve(two, 4, ids[3]);
      const results = await ledger.store.resolve([
        { id: ids[3], action: 'settle', amount: toMicro(13), actor: 'test' },
        { id: ids[0], action: 'settle', actor: 'test' },
        { id: uuidv7(), action: 'settle', actor: 'test' },
        { id: ids[2], action: 'release', actor: 'test' },
        { id: ids[1], action: 'settle', amount: toMicro(1), actor: 'test' },
      ]);
      expect(results.map((result) => result.outcome)).toEqual([
        'settled',
        'settled',
        'not_found',
        'released',
        'settled',
      ]);
      expect(await ledger.sums(one)).toEqual({ balance: 6, held: 0, debt: 0 });
      expect(await ledger.sums(two)).toEqual({ balance: 0, held: 0, debt: 4 });
    });
  });

  describe('a voided grant', () => {
    test('loses what is free at once and what was held when its hold ends', async () => {
      const user = uuidv7();
      const granted = await ledger.grant(user, 10);
      if (granted.outcome !== 'granted') throw new Error(granted.outcome);
      const [held, spent] = [uuidv7(), uuidv7()];
      await ledger.reserve(user, 3, held);
      await ledger.reserve(user, 2, spent);
      await ledger.settle(spent);
      expect(await ledger.closing.voidGrant(granted.grantId)).toEqual({
        outcome: 'voided',
        voided: 5_000_000n,
        held: 3_000_000n,
        available: 0n,
      });
      expect(await ledger.closing.voidGrant(granted.grantId)).toMatchObject({ voided: 0n });
      expect(await ledger.sums(user)).toEqual({ balance: 3, held: 3, debt: 0 });
      await ledger.release(held);
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 0 });
    });
  });
});
