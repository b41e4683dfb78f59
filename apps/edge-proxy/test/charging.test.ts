import { aDecidedHoldIsNotUsedAgain } from './charging/a-decided-hold-is-not-used-again.ts';
import { aSlowLedgerLosesNoCharge } from './charging/a-slow-ledger-loses-no-charge.ts';
import { chargedBodiesHaveOneLimit } from './charging/charged-bodies-have-one-limit.ts';
import { idempotency } from './charging/idempotency.ts';
import { oneKeyBuysWorkManyTimes } from './charging/one-key-buys-work-many-times.ts';
import { onlySuccessIsCharged } from './charging/only-success-is-charged.ts';
import { priceAndWorkFromOneText } from './charging/price-and-work-from-one-text.ts';
import { whoeverBreaksAnExchangeBearsIt } from './charging/whoever-breaks-an-exchange-bears-it.ts';
import { onOneStack } from './support/on-one-stack.ts';

onOneStack({
  idempotency,
  'one key buys work many times': oneKeyBuysWorkManyTimes,
  'a decided hold is not used again': aDecidedHoldIsNotUsedAgain,
  'a slow ledger loses no charge': aSlowLedgerLosesNoCharge,
  'only success is charged': onlySuccessIsCharged,
  'price and work from one text': priceAndWorkFromOneText,
  'charged bodies have one limit': chargedBodiesHaveOneLimit,
  'whoever breaks an exchange bears it': whoeverBreaksAnExchangeBearsIt,
});
