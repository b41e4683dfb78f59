import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { expectInvariantsHold, openLedger, type TestLedger } from './open-ledger.ts';
import { allowanceTests, PLANS } from './time/allowances.ts';
import { expiryTests } from './time/expiry.ts';

describe.each(['user', 'organisation'] as const)('accounts of type %s', (ownerType) => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger(ownerType);
    await ledger.allowances.load(PLANS);
  });
  afterEach(() => expectInvariantsHold(ledger.database, 10 * 366 * 86_400));
  afterAll(() => ledger.close());

  const opened = (): TestLedger => ledger;
  expiryTests(opened, ownerType);
  allowanceTests(opened);
});
