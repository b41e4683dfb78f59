import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import type { TestLedger } from '../open-ledger.ts';

/** Credits and holds that expire. */
export function expiryTests(opened: () => TestLedger, ownerType: 'user' | 'organisation'): void {
  let ledger: TestLedger;
  beforeAll(() => {
    ledger = opened();
  });

  describe('credits expire at a moment, exclusive', () => {
    const at = '2030-06-01T12:00:00.000Z';
    test.each([
      ['just before it, they can be held', '2030-06-01T11:59:59.999999Z', 'reserved'],
      ['exactly at it, they are expired', '2030-06-01T12:00:00.000000Z', 'insufficient'],
      ['after it, they are expired', '2030-06-01T12:00:00.000001Z', 'insufficient'],
    ])('%s', async (_name, now, outcome) => {
      await ledger.setNow('2030-05-01T00:00:00Z');
      const user = uuidv7();
      await ledger.grant(user, 5, { expiresAt: new Date(at) });
      await ledger.setNow(now);
      expect(await ledger.reserve(user, 5)).toMatchObject({ outcome });
    });

    test('the balance leaves them out though no sweep has run, and the sweep then takes them out once', async () => {
      await ledger.setNow('2030-05-01T00:00:00Z');
      const user = uuidv7();
      await ledger.grant(user, 5, { expiresAt: new Date(at) });
      await ledger.grant(user, 2);
      await ledger.setNow(at);
      const available = async (): Promise<string | undefined> => {
        const { rows } = await ledger.owner.query<{ available: string }>(
          'SELECT available FROM ledger_balance($1, $2)',
          [ownerType, user],
        );
        return rows[0]?.available;
      };
      expect(await available()).toBe('2000000');
      expect(await ledger.sums(user)).toMatchObject({ balance: 7 });
      await Promise.all([ledger.maintenance.expireGrants(100), ledger.maintenance.expireGrants(100)]);
      expect(await ledger.maintenance.expireGrants(100)).toBe(0);
      expect(await ledger.sums(user)).toMatchObject({ balance: 2 });
      expect(await available()).toBe('2000000');
      const { rows } = await ledger.owner.query<{ type: string; net_amount: string }>(
        `SELECT t.type, t.net_amount FROM transfer t JOIN account a ON a.id = t.account_id WHERE a.owner_id = $1 AND t.kind = 'expiry'`,
        [user],
      );
      expect(rows).toEqual([{ type: 'expiry', net_amount: '-5000000' }]);
    });

    test('a charge takes what has not expired, and only that', async () => {
      await ledger.setNow('2030-05-01T00:00:00Z');
      const user = uuidv7();
      await ledger.grant(user, 5, { expiresAt: new Date(at) });
      await ledger.grant(user, 2);
      await ledger.setNow(at);
      const charge = { owner: ledger.ownerOf(user), transactionType: 'chat' as const, actor: 'test' };
      expect(await ledger.store.spend({ ...charge, amount: 3_000_000n })).toEqual({
        outcome: 'insufficient',
        available: 2_000_000n,
      });
      expect(await ledger.store.spend({ ...charge, amount: 2_000_000n })).toMatchObject({
        outcome: 'spent',
        available: 0n,
      });
    });

    test('a grant that has expired already is refused', async () => {
      await ledger.setNow(at);
      expect(await ledger.grant(uuidv7(), 5, { expiresAt: new Date(at) })).toEqual({ outcome: 'expired' });
    });
  });

  describe('a hold and the expiry of its grant', () => {
    async function heldBeyondExpiry(): Promise<{ user: string; id: string }> {
      await ledger.setNow('2030-01-01T00:00:00Z');
      const [user, id] = [uuidv7(), uuidv7()];
      await ledger.grant(user, 10, { expiresAt: new Date('2030-01-01T00:01:00Z') });
      await ledger.reserve(user, 4, id, 600_000);
      await ledger.setNow('2030-01-01T00:02:00Z');
      await ledger.maintenance.expireGrants(1_000);
      return { user, id };
    }

    test('the sweep takes only what is not held', async () => {
      const { user } = await heldBeyondExpiry();
      expect(await ledger.sums(user)).toEqual({ balance: 4, held: 4, debt: 0 });
    });

    test('settled after the expiry, the held credits still pay', async () => {
      const { user, id } = await heldBeyondExpiry();
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'settled', charged: 4_000_000n, available: 0n });
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 0 });
    });

    test('what returns to an expired grant expires with it', async () => {
      const { user, id } = await heldBeyondExpiry();
      expect(await ledger.settle(id, 1)).toMatchObject({ outcome: 'settled', charged: 1_000_000n, available: 0n });
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 0 });
    });

    test('a charge beyond the hold does not take what has expired', async () => {
      await ledger.setNow('2030-01-01T00:00:00Z');
      const [user, id] = [uuidv7(), uuidv7()];
      await ledger.grant(user, 4, { priority: 1 });
      await ledger.grant(user, 10, { expiresAt: new Date('2030-01-01T00:01:00Z') });
      await ledger.reserve(user, 4, id);
      await ledger.setNow('2030-01-01T00:01:00Z');
      expect(await ledger.settle(id, 6)).toMatchObject({
        outcome: 'settled',
        charged: 6_000_000n,
        becameDebt: 2_000_000n,
      });
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 2 });
    });
  });

  describe('a hold expires at its TTL', () => {
    test('and is returned once, by however many sweeps', async () => {
      await ledger.setNow('2030-01-01T00:00:00Z');
      const user = await ledger.userWith(100);
      for (let n = 0; n < 20; n += 1) await ledger.reserve(user, 5, uuidv7(), 1_000);
      await ledger.setNow('2030-01-01T00:00:01Z');
      const taken = await Promise.all(Array.from({ length: 6 }, () => ledger.maintenance.expireHolds(7)));
      expect(taken.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(20);
      while ((await ledger.maintenance.expireHolds(100)) > 0);
      expect(await ledger.sums(user)).toEqual({ balance: 100, held: 0, debt: 0 });
    });

    test('not while its stream extends it', async () => {
      await ledger.setNow('2030-02-01T00:00:00Z');
      const user = await ledger.userWith(10);
      const id = uuidv7();
      await ledger.reserve(user, 5, id, 60_000);
      const day = 24 * 3_600_000;
      await ledger.setNow('2030-02-01T00:00:50Z');
      const extended = await ledger.store.extend({ id, owner: undefined, ttlMs: 60_000, lifeMsMax: day });
      expect(extended).toEqual({ outcome: 'extended', id, expiresAt: new Date('2030-02-01T00:01:50Z') });
      await ledger.setNow('2030-02-01T00:01:49Z');
      await ledger.maintenance.expireHolds(100);
      expect(await ledger.sums(user)).toMatchObject({ held: 5 });
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'settled', charged: 5_000_000n });
      expect(await ledger.store.extend({ id, owner: undefined, ttlMs: 60_000, lifeMsMax: day })).toEqual({
        outcome: 'resolved',
      });
    });

    test('an extension never shortens, and never passes the longest life', async () => {
      await ledger.setNow('2030-03-01T00:00:00Z');
      const id = uuidv7();
      await ledger.reserve(await ledger.userWith(10), 5, id, 600_000);
      const extend = (ttlMs: number, lifeMsMax: number) =>
        ledger.store.extend({ id, owner: undefined, ttlMs, lifeMsMax });
      expect(await extend(1_000, 3_600_000)).toMatchObject({ expiresAt: new Date('2030-03-01T00:10:00Z') });
      expect(await extend(7_200_000, 3_600_000)).toMatchObject({ expiresAt: new Date('2030-03-01T01:00:00Z') });
      await ledger.release(id);
    });

    test('a settlement that comes after it still charges', async () => {
      await ledger.setNow('2030-04-01T00:00:00Z');
      const user = await ledger.userWith(10);
      const id = uuidv7();
      await ledger.reserve(user, 5, id, 1_000);
      await ledger.setNow('2030-04-01T00:00:02Z');
      await ledger.maintenance.expireHolds(100);
      expect(await ledger.sums(user)).toEqual({ balance: 10, held: 0, debt: 0 });
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'settled', charged: 5_000_000n, available: 5_000_000n });
    });

    test('a release that comes after it is answered, and a settlement after that is refused', async () => {
      await ledger.setNow('2030-04-02T00:00:00Z');
      const user = await ledger.userWith(10);
      const id = uuidv7();
      await ledger.reserve(user, 5, id, 1_000);
      await ledger.setNow('2030-04-02T00:00:02Z');
      await ledger.maintenance.expireHolds(100);
      expect(await ledger.release(id)).toMatchObject({
        outcome: 'released',
        released: 5_000_000n,
        available: 10_000_000n,
      });
      expect(await ledger.settle(id)).toMatchObject({ outcome: 'already_released' });
    });
  });
}
