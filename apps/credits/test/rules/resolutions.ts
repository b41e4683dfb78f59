import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { toMicro } from '../../src/domain/amounts.ts';
import type { TestLedger } from '../open-ledger.ts';

/** Holds that resolve once, calls in batches, and grants that are voided. */
export function resolutionTests(opened: () => TestLedger): void {
  let ledger: TestLedger;
  beforeAll(() => {
    ledger = opened();
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
}
