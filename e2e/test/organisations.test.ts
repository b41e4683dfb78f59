import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { credentialsTests } from './organisations/credentials.ts';
import { membersTests } from './organisations/members.ts';
import { shareStage } from './organisations/stage.ts';
import { subscriptionsTests } from './organisations/subscriptions.ts';

shareStage();
inOneFile({ credentials: credentialsTests, members: membersTests, subscriptions: subscriptionsTests });
