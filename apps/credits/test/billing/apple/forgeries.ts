import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { createAppStore } from '@turnpike/test-kit';
import { createAppStoreReader, NotOfTheAppStore } from '../../../src/billing/apple/signed-data.ts';
import { BUNDLE, store, billing, purchase, submit, notify, tell } from './stage.ts';

/** What Apple has not signed for this app. */
export function forgeriesTests(): void {
  describe('what Apple has not signed for this app', () => {
    const user = uuidv7();
    const facts = () => purchase(user, { appAccountToken: user });
    const refused: [string, () => string][] = [
      ['a chain to another root', () => createAppStore(BUNDLE).transaction(facts())],
      ['another app', () => store.transaction({ ...facts(), bundleId: 'com.example.other' })],
      ['another store', () => store.transaction({ ...facts(), environment: 'Production' })],
      ['a development tool', () => store.transaction({ ...facts(), environment: 'Xcode' })],
      ['the future', () => store.transaction({ ...facts(), signedDate: Date.now() + 3_600_000 })],
      ['no time', () => store.transaction({ ...facts(), signedDate: undefined })],
      [
        'a changed text',
        () => store.transaction(facts()).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
      ],
      ['nobody', () => 'e30.e30.'],
    ];

    test.each(refused)('a purchase of %s is 422', async (_name, made) => {
      expect((await submit(user, made())).status).toBe(422);
    });

    test('a notification that carries one is 400, and one of an unknown account changes nothing', async () => {
      for (const [, made] of refused) {
        const notification = store.notification('ONE_TIME_CHARGE', { data: { signedTransactionInfo: made() } });
        expect((await notify(notification)).status).toBe(400);
      }
      expect((await notify('e30.e30.')).status).toBe(400);
      await tell(store.notification('ONE_TIME_CHARGE', { transaction: facts() }));
      await tell(store.notification('TEST', {}));
      const { rows } = await billing.owner.query('SELECT FROM account WHERE owner_id = $1', [user]);
      expect(rows).toEqual([]);
    });

    test('certificates that are not for purchases sign none; production is another store, with the number of its app', async () => {
      const unmarked = createAppStore(BUNDLE, { marked: false });
      const settings = (root: string, environments: ('production' | 'sandbox')[]) => ({
        APPLE_BUNDLE_ID: BUNDLE,
        APPLE_APP_ID: 1234567890,
        APPLE_ENVIRONMENTS: environments,
        APPLE_PRODUCTS: {},
        APPLE_ROOT_CERTIFICATES: [Buffer.from(root, 'base64')],
        APPLE_ONLINE_CHECKS: false,
      });
      const read = (root: string, ...environments: ('production' | 'sandbox')[]) =>
        createAppStoreReader(settings(root, environments));
      const plain = read(unmarked.root, 'sandbox')?.transaction(unmarked.transaction(facts()));
      await expect(plain).rejects.toThrow(NotOfTheAppStore);
      const live = { ...facts(), environment: 'Production' };
      const both = read(store.root, 'production', 'sandbox');
      for (const environment of ['Production', 'Sandbox'])
        expect(await both?.transaction(store.transaction({ ...live, environment }))).toMatchObject({ userId: user });
      await expect(read(store.root, 'production')?.transaction(store.transaction(facts()))).rejects.toThrow(
        NotOfTheAppStore,
      );
      const told = (appAppleId: number) =>
        both?.notification(
          store.notification('ONE_TIME_CHARGE', { transaction: live, data: { environment: 'Production', appAppleId } }),
        );
      expect(await told(1234567890)).toMatchObject({ transaction: { userId: user } });
      await expect(told(1)).rejects.toThrow(NotOfTheAppStore);
    });
  });
}
