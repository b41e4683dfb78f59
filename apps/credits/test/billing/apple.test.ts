import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { forgeriesTests } from './apple/forgeries.ts';
import { purchasesTests } from './apple/purchases.ts';
import { shareStage } from './apple/stage.ts';
import { subscriptionsTests } from './apple/subscriptions.ts';

shareStage();
inOneFile({ purchases: purchasesTests, subscriptions: subscriptionsTests, forgeries: forgeriesTests });
