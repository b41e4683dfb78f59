import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { answersTellWhoExistsTests } from './passwords/answers-tell-who-exists.ts';
import { breachedPasswordsTests } from './passwords/breached-passwords.ts';
import { changeTests } from './passwords/change.ts';
import { hashingFloodsMemoryTests } from './passwords/hashing-floods-memory.ts';
import { loginTests } from './passwords/login.ts';
import { parallelGuessesBeatTheLimitTests } from './passwords/parallel-guesses-beat-the-limit.ts';
import { preRegisteredPasswordCapturesTheOwnerTests } from './passwords/pre-registered-password-captures-the-owner.ts';
import { registrationByInviteTests } from './passwords/registration-by-invite.ts';
import { registrationTests } from './passwords/registration.ts';
import { resetTests } from './passwords/reset.ts';
import { scannersBurnTheResetLinkTests } from './passwords/scanners-burn-the-reset-link.ts';
import { sessionsSurviveAResetTests } from './passwords/sessions-survive-a-reset.ts';
import { strangersLockTheOwnerOutTests } from './passwords/strangers-lock-the-owner-out.ts';
import { throttleTests } from './passwords/throttle.ts';

inOneFile({
  'answers tell who exists': answersTellWhoExistsTests,
  'breached passwords': breachedPasswordsTests,
  change: changeTests,
  'hashing floods memory': hashingFloodsMemoryTests,
  login: loginTests,
  'parallel guesses beat the limit': parallelGuessesBeatTheLimitTests,
  'pre registered password captures the owner': preRegisteredPasswordCapturesTheOwnerTests,
  registration: registrationTests,
  'registration by invite': registrationByInviteTests,
  reset: resetTests,
  'scanners burn the reset link': scannersBurnTheResetLinkTests,
  'sessions survive a reset': sessionsSurviveAResetTests,
  'strangers lock the owner out': strangersLockTheOwnerOutTests,
  throttle: throttleTests,
});
