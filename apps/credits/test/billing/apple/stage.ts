import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { HEADER, signGatewayRequest } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { createAppStore } from '@turnpike/test-kit';
import { INTERNAL_SECRET, type Answer } from '../../start-credits.ts';
import { startBilling, type Billing } from '../start-billing.ts';

/** Purchases in the App Store, of which a stand-in signs by a chain of its own making. Nothing is asked of Apple. */

export const BUNDLE = 'com.example.app';

const PLANS = {
  pro: { credits: 500, period: 'month', tier: 'pro', apple_product_ids: ['app.pro', 'app.pro.year'] },
  team: { credits: 1500, period: 'month', apple_product_ids: ['app.team'] },
};

export const [JAN, FEB, MAR, APR] = ['2030-01-31', '2030-02-28', '2030-03-31', '2030-04-30'].map(
  (day) => `${day}T00:00:00Z`,
);

export const store = createAppStore(BUNDLE);
export let billing: Billing;

export type Facts = Readonly<Record<string, unknown>>;

/** Signatures are a second apart, in the order in which they were asked for. */
let signatures = 0;
export const signedNow = () => ({ signedDate: Date.now() - 3_600_000 + (signatures += 1) * 1_000 });
export const newUser = () => billing.credits.userWith(1);
export const credits = async (user: string): Promise<number> => (await billing.credits.balance(user)) - 1;

export function purchase(user: string, facts: Facts = {}): Facts {
  const id = uuidv7();
  return {
    transactionId: id,
    originalTransactionId: id,
    productId: 'app.credits',
    type: 'Consumable',
    quantity: 1,
    purchaseDate: Date.parse(String(JAN)),
    appAccountToken: user,
    ...facts,
  };
}

export function submit(user: string, signed: string): Promise<Answer> {
  const path = '/api/v1/credits/purchases/apple';
  const timestamp = Math.floor(Date.now() / 1_000);
  return billing.credits.send(
    'POST',
    path,
    { signed_transaction: signed },
    {
      [HEADER.userId]: user,
      [HEADER.userTier]: 'free',
      [HEADER.gatewayTimestamp]: String(timestamp),
      [HEADER.gatewaySignature]: signGatewayRequest(INTERNAL_SECRET, { method: 'POST', path, userId: user, timestamp }),
    },
  );
}

export const notify = (signedPayload: string): Promise<Answer> =>
  billing.credits.send('POST', '/api/v1/credits/webhooks/apple', { signedPayload });

export async function tell(signedPayload: string): Promise<void> {
  const { status, body } = await notify(signedPayload);
  expect([status, body]).toEqual([200, { received: true }]);
}

export const signed = (facts: Facts): string => store.transaction({ ...signedNow(), ...facts });

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
  beforeAll(async () => {
    billing = await startBilling(PLANS, {
      APPLE_BUNDLE_ID: BUNDLE,
      APPLE_ENVIRONMENTS: 'sandbox',
      APPLE_PRODUCTS: '{"app.credits": 100}',
      APPLE_ROOT_CERTIFICATES: store.root,
    });
  });
  beforeEach(() => billing.setNow(JAN));
  afterEach(() => billing.expectInvariantsHold());
  afterAll(() => billing.stop());
}
