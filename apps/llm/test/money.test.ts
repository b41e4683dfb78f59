import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { brokenOffTests } from './money/broken-off.ts';
import { chargesTests } from './money/charges.ts';
import { holdsTests } from './money/holds.ts';
import { sharesTests } from './money/shares.ts';
import { shareStage } from './money/stage.ts';

shareStage();
inOneFile({ charges: chargesTests, 'broken off': brokenOffTests, holds: holdsTests, shares: sharesTests });
