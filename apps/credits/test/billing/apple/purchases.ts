import { describe, expect, test } from '@jest/globals';
import { JAN, store, billing, signedNow, newUser, credits, purchase, submit, tell, signed } from './stage.ts';

/** Credits that are bought in the App Store. */
export function purchasesTests(): void {
  describe('credits that are bought', () => {
    test('are granted once, however often the purchase is handed in and told', async () => {
      const user = await newUser();
      const facts = purchase(user, { quantity: 2 });
      const first = await submit(user, signed(facts));
      expect([first.status, first.body]).toEqual([
        200,
        { transaction_id: facts['transactionId'], granted: 200, balance: 201, created: true },
      ]);
      const again = await Promise.all([1, 2, 3].map(() => submit(user, signed(facts))));
      for (const { body } of again) expect(body).toMatchObject({ granted: 200, balance: 201, created: false });
      await tell(store.notification('ONE_TIME_CHARGE', { transaction: facts }));
      expect(await credits(user)).toBe(200);
      const [newest] = Object.values((await billing.credits.get(user, '/api/v1/credits/history')).body);
      expect(newest).toMatchObject({ amount: 200, type: 'apple_iap' });
    });

    test('are of who bought them: without a token or with that of another 403, a product that is not sold here 422', async () => {
      const [user, other] = [await newUser(), await newUser()];
      const { appAccountToken: _token, ...nobodys } = purchase(user);
      expect((await submit(user, signed(nobodys))).status).toBe(403);
      const facts = purchase(user);
      expect((await submit(user, signed(facts))).status).toBe(200);
      expect((await submit(other, signed(facts))).status).toBe(403);
      expect((await submit(user, signed(purchase(user, { productId: 'app.other' })))).status).toBe(422);
      expect([await credits(user), await credits(other)]).toEqual([100, 0]);
    });

    test('go when the money goes back, also where that is told first, and come back when that is undone', async () => {
      const user = await newUser();
      const facts = purchase(user);
      const bought = signed(facts);
      const refund = store.notification('REFUND', {
        transaction: { ...facts, revocationDate: Date.parse(String(JAN)) },
        more: signedNow(),
      });
      const undone = store.notification('REFUND_REVERSED', { transaction: facts, more: signedNow() });
      await tell(refund);
      expect((await submit(user, bought)).status).toBe(409);
      expect(await credits(user)).toBe(0);
      await tell(undone);
      expect(await credits(user)).toBe(100);
      await tell(refund);
      expect((await submit(user, bought)).body).toMatchObject({ granted: 100, created: false });
      await tell(store.notification('REFUND', { transaction: { ...facts, revocationDate: 1 }, more: signedNow() }));
      expect(await credits(user)).toBe(0);
    });
  });
}
