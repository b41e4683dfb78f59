import { apiKeysOfARoute } from './admission/api-keys-of-a-route.ts';
import { callsOfModels } from './admission/calls-of-models.ts';
import { changedTier } from './admission/changed-tier.ts';
import { consoleCalls } from './admission/console-calls.ts';
import { disabledAndEnabledAgain } from './admission/disabled-and-enabled-again.ts';
import { endingOnesAccessNeverWaits } from './admission/ending-ones-access-never-waits.ts';
import { endingOnesOwnSessionIsAnswered } from './admission/ending-ones-own-session-is-answered.ts';
import { mainSlice } from './admission/main-slice.ts';
import { redisCluster } from './admission/redis-cluster.ts';
import { revocation } from './admission/revocation.ts';
import { sharedAccountChangedByAVisitor } from './admission/shared-account-changed-by-a-visitor.ts';
import { onOneStack } from './support/on-one-stack.ts';

onOneStack({
  'main slice': mainSlice,
  'api keys of a route': apiKeysOfARoute,
  'calls of models': callsOfModels,
  'changed tier': changedTier,
  'console calls': consoleCalls,
  'disabled and enabled again': disabledAndEnabledAgain,
  "ending one's access never waits": endingOnesAccessNeverWaits,
  "ending one's own session is answered": endingOnesOwnSessionIsAnswered,
  revocation,
  'shared account changed by a visitor': sharedAccountChangedByAVisitor,
  'redis cluster': redisCluster,
});
