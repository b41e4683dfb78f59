import { describe } from '@jest/globals';
import { callsTests } from './client/calls.ts';
import { listsTests } from './client/lists.ts';
import { repetitionsTests } from './client/repetitions.ts';
import { sessionsTests } from './client/sessions.ts';
import { shareStage } from './client/stage.ts';

shareStage();
describe('calls', callsTests);
describe('repetitions', repetitionsTests);
describe('sessions', sessionsTests);
describe('lists', listsTests);
