import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { endingSessionsTests } from './sessions/ending-sessions.ts';
import { sessionLifetimesTests } from './sessions/session-lifetimes.ts';

inOneFile({
  'ending sessions': endingSessionsTests,
  'session lifetimes': sessionLifetimesTests,
});
