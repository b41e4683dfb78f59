import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { userOwner } from '../src/domain/owner.ts';
import { createAccountStore, type AccountStore } from '../src/stores/account-store.ts';
import { expectInvariantsHold, openLedger, type TestLedger } from './open-ledger.ts';

/** Deleting an account in debt and coming back pays no debt: what an erased account owes moves to the next account of the same person. */

let ledger: TestLedger;
let accounts: AccountStore;
beforeAll(async () => {
  ledger = await openLedger();
  accounts = createAccountStore(ledger.database);
});
afterAll(async () => {
  await expectInvariantsHold(ledger.database);
  await ledger.close();
});

/** A user of a lineage with a hold of 5 of their 5 credits that, once settled for `owed` more, leaves a debt. */
async function holding(lineage: string): Promise<{ user: string; hold: string }> {
  const user = uuidv7();
  expect(await accounts.joinLineage(user, lineage)).toBe(true);
  await ledger.grant(user, 5);
  const hold = uuidv7();
  expect((await ledger.reserve(user, 5, hold)).outcome).toBe('reserved');
  return { user, hold };
}

async function inDebt(lineage: string, owed: number): Promise<string> {
  const { user, hold } = await holding(lineage);
  await ledger.settle(hold, 5 + owed);
  expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: owed });
  return user;
}

/** What credits does for a new user. */
async function comeBack(lineage: string): Promise<string> {
  const user = uuidv7();
  await accounts.joinLineage(user, lineage);
  await accounts.moveDebts(lineage);
  return user;
}

const erase = (user: string) => ledger.closing.erase(userOwner(user));

/** The scheduled job, until it finds nothing. */
async function sweep(): Promise<void> {
  while ((await ledger.maintenance.moveDebts()) > 0);
}

describe('the next account of the person', () => {
  test('owes what the erased one owed; the next credits pay it', async () => {
    const lineage = randomUUID();
    await erase(await inDebt(lineage, 7));
    const user = await comeBack(lineage);
    expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 7 });
    expect((await ledger.reserve(user, 1)).outcome).toBe('insufficient');
    await ledger.grant(user, 10);
    expect(await ledger.sums(user)).toEqual({ balance: 3, held: 0, debt: 0 });
    const { entries } = await accounts.history(userOwner(user), { limit: 10, offset: 0, asOf: undefined });
    expect(entries.map(({ netAmount, description }) => [netAmount / 1_000_000n, description])).toEqual([
      [10n, null],
      [-7n, 'Owed from an earlier account'],
    ]);
  });

  test('owes it also where it was opened before the other was erased', async () => {
    const lineage = randomUUID();
    const old = await inDebt(lineage, 4);
    const user = await comeBack(lineage);
    expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 0 });
    await erase(old);
    await sweep();
    expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 4 });
  });

  test('owes what a late settlement of the erased one makes', async () => {
    const lineage = randomUUID();
    const { user: old, hold } = await holding(lineage);
    await erase(old);
    const user = await comeBack(lineage);
    await ledger.settle(hold, 6);
    await sweep();
    expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 1 });
  });

  test('pays at once with what it has', async () => {
    const lineage = randomUUID();
    const sibling = await comeBack(lineage);
    await ledger.grant(sibling, 10);
    await erase(await inDebt(lineage, 4));
    await sweep();
    expect(await ledger.sums(sibling)).toEqual({ balance: 6, held: 0, debt: 0 });
  });

  test('keeps owing through any number of deletions, and never more than once', async () => {
    const lineage = randomUUID();
    await erase(await inDebt(lineage, 3));
    for (let round = 0; round < 3; round += 1) {
      const user = await comeBack(lineage);
      await Promise.all(Array.from({ length: 8 }, () => accounts.moveDebts(lineage)));
      expect(await ledger.sums(user)).toEqual({ balance: 0, held: 0, debt: 3 });
      await erase(user);
    }
  });
});

describe('owes nothing', () => {
  test('somebody else', async () => {
    await erase(await inDebt(randomUUID(), 7));
    expect(await ledger.sums(await comeBack(randomUUID()))).toEqual({ balance: 0, held: 0, debt: 0 });
    await sweep();
  });

  test('another account of the person, while the one in debt is there', async () => {
    const lineage = randomUUID();
    const old = await inDebt(lineage, 2);
    const user = await comeBack(lineage);
    await sweep();
    expect([(await ledger.sums(old)).debt, (await ledger.sums(user)).debt]).toEqual([2, 0]);
  });
});

test('debts that move while holds are made and settled on both accounts lose nothing and do not deadlock', async () => {
  const lineage = randomUUID();
  const olds = await Promise.all(Array.from({ length: 6 }, () => inDebt(lineage, 1)));
  const user = await comeBack(lineage);
  await ledger.grant(user, 100);
  const busy = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) {
      const hold = uuidv7();
      if ((await ledger.reserve(user, 1, hold)).outcome === 'reserved') await ledger.settle(hold);
    }
  };
  const erasing = olds.map(async (old) => {
    await erase(old);
    await accounts.moveDebts(lineage);
  });
  await Promise.all([busy(), busy(), busy(), ...erasing]);
  expect(await ledger.sums(user)).toEqual({ balance: 100 - 30 - 6, held: 0, debt: 0 });
});

test('a user who was erased opens no account again', async () => {
  const lineage = randomUUID();
  const user = await comeBack(lineage);
  await erase(user);
  expect(await accounts.joinLineage(user, lineage)).toBe(false);
});
