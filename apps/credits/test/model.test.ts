import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { toMicro } from '../src/domain/amounts.ts';
import { createAccountStore, type AccountStore } from '../src/stores/account-store.ts';
import { ModelAccount } from './model.ts';
import { expectInvariantsHold, ledgerOf, openLedger, type TestLedger } from './open-ledger.ts';

/** Random histories, and operations in each: 10,000 operations in all. */
const HISTORIES = 20;
const OPERATIONS = 500;

let everybody: TestLedger;
let accounts: AccountStore;
beforeAll(async () => {
  everybody = await openLedger();
  accounts = createAccountStore(everybody.database);
});
afterAll(() => everybody.close());

const account = fc.nat({ max: 1 });
/** Which of the holds or grants made so far an operation is about, counted from the newest; a large one names an unknown id. */
const which = fc.nat({ max: 12 });
const amount = fc.integer({ min: 1, max: 12 });
const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      account,
      amount,
      priority: fc.constantFrom(50, 100),
      lifeSeconds: fc.option(fc.integer({ min: 1, max: 60 })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      account,
      amount: fc.nat({ max: 12 }),
      ttlSeconds: fc.integer({ min: 1, max: 30 }),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      account,
      which,
      amount: fc.option(fc.nat({ max: 15 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), account, which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      account,
      which,
      ttlSeconds: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('spend' as const), account, amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), account, which }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), account, seconds: fc.integer({ min: 1, max: 10 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const), account }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('open' as const), account }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer A> ? A : never;

interface Side {
  readonly ledger: TestLedger;
  readonly user: string;
  readonly model: ModelAccount;
  readonly holds: string[];
  readonly grants: string[];
}

/** One history: the same operations on both sides, compared after each. */
class History {
  now = Date.UTC(2030, 0, 1);
  /** Makes every end of a hold a moment of its own, so that both sides sweep in one order. */
  tick = 0;
  /** A user and an organisation of one id, which are as strange to each other as any two. */
  readonly id = uuidv7();
  readonly sides: Side[] = (['user', 'organisation'] as const).map((type) => ({
    ledger: ledgerOf(everybody, type),
    user: this.id,
    model: new ModelAccount(),
    holds: [],
    grants: [],
  }));

  async perform(one: Operation): Promise<void> {
    const side = this.sides[one.account] as Side;
    const { ledger, user, model, holds, grants } = side;
    const holdNamed = (index: number): string => holds.at(-1 - index) ?? uuidv7();
    switch (one.do) {
      case 'grant': {
        const expiresAt = one.lifeSeconds === null ? Infinity : this.now + one.lifeSeconds * 1_000;
        const expires = expiresAt === Infinity ? undefined : new Date(expiresAt);
        const result = await ledger.grant(user, one.amount, { priority: one.priority, expiresAt: expires });
        const id = result.outcome === 'granted' ? result.grantId : '';
        expect(result.outcome).toBe(model.grant(id, one.amount, one.priority, expiresAt, this.now));
        grants.push(id);
        break;
      }
      case 'reserve': {
        const id = uuidv7();
        if (one.amount === 0) await accounts.open(ledger.ownerOf(user));
        const ttlMs = one.ttlSeconds * 1_000 + (this.tick = (this.tick + 1) % 1_000);
        const result = await ledger.reserve(user, one.amount, id, ttlMs);
        expect(result.outcome).toBe(model.reserve(id, one.amount, this.now + ttlMs, this.now));
        if (result.outcome !== 'reserved') break;
        holds.push(id);
        if (one.twice) expect(await ledger.reserve(user, one.amount, id, ttlMs)).toEqual({ ...result, replayed: true });
        break;
      }
      case 'settle': {
        const id = holdNamed(one.which);
        const result = await ledger.settle(id, one.amount);
        const told = result.outcome === 'settled' ? `settled ${Number(result.charged) / 1e6}` : result.outcome;
        expect(told).toBe(model.settle(id, one.amount, this.now));
        break;
      }
      case 'release': {
        const id = holdNamed(one.which);
        const result = await ledger.release(id);
        const told = result.outcome === 'released' ? `released ${Number(result.released) / 1e6}` : result.outcome;
        expect(told).toBe(model.release(id, this.now));
        break;
      }
      case 'extend': {
        const id = holdNamed(one.which);
        const ttlMs = one.ttlSeconds * 1_000 + (this.tick = (this.tick + 1) % 1_000);
        const result = await ledger.store.extend({ id, owner: undefined, ttlMs, lifeMsMax: 86_400_000 });
        expect(result.outcome).toBe(model.extend(id, this.now + ttlMs));
        break;
      }
      case 'spend': {
        const charge = {
          owner: ledger.ownerOf(user),
          amount: toMicro(one.amount),
          transactionType: 'chat' as const,
          actor: 'test',
        };
        expect((await ledger.store.spend(charge)).outcome).toBe(model.spend(one.amount, this.now));
        break;
      }
      case 'void': {
        const id = grants.at(-1 - one.which);
        if (id === undefined) break;
        await ledger.closing.voidGrant(id);
        model.voidGrant(id, this.now);
        break;
      }
      case 'open':
        // Changes nothing, whether there is an account or not.
        expect(await accounts.open(ledger.ownerOf(user))).toBe(true);
        break;
      case 'pass':
        this.now += one.seconds * 1_000;
        await ledger.setNow(new Date(this.now).toISOString());
        break;
      case 'sweep':
        while ((await ledger.maintenance.expireHolds(3)) > 0);
        while ((await ledger.maintenance.expireGrants(3)) > 0);
        for (const each of this.sides) each.model.sweep(this.now);
        for (const each of this.sides) await this.compare(each);
        break;
    }
    await this.compare(side);
  }

  async compare({ ledger, user, model }: Side): Promise<void> {
    const { rows } = await ledger.owner.query<Record<'available' | 'held' | 'debt' | 'earned' | 'spent', string>>(
      'SELECT available, held, debt, earned, spent FROM ledger_balance($1, $2)',
      [ledger.ownerOf(user).type, user],
    );
    const found = Object.fromEntries(
      Object.entries(rows[0] ?? { available: 0, held: 0, debt: 0, earned: 0, spent: 0 }).map(([name, micro]) => [
        name,
        Number(micro) / 1e6,
      ]),
    );
    expect(found).toEqual(model.sums(this.now));
  }
}

test(`${HISTORIES * OPERATIONS} random operations: the database equals a model in memory after each`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: OPERATIONS, maxLength: OPERATIONS }), async (operations) => {
      const history = new History();
      await everybody.setNow(new Date(history.now).toISOString());
      for (const one of operations) await history.perform(one);
      for (const side of history.sides) await history.compare(side);
      await expectInvariantsHold(everybody.database, 3_600);
    }),
    { numRuns: HISTORIES, endOnFailure: true },
  );
}, 600_000);
