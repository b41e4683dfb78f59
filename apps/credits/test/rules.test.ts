import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { expectInvariantsHold, openLedger, type TestLedger } from './open-ledger.ts';
import { resolutionTests } from './rules/resolutions.ts';
import { settlementTests } from './rules/settlements.ts';
import { spendingOrderTests } from './rules/spending-order.ts';

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

  const opened = (): TestLedger => ledger;
  spendingOrderTests(opened);
  settlementTests(opened);
  resolutionTests(opened);
});
