import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { accessTokenAttacksTests } from './tokens/access-token-attacks.ts';
import { accountApiTokensTests } from './tokens/account-api-tokens.ts';
import { keyRotationUnderLoadTests } from './tokens/key-rotation-under-load.ts';
import { keyRotationTests } from './tokens/key-rotation.ts';
import { keysCommandTests } from './tokens/keys-command.ts';
import { refreshRacingRevokeTests } from './tokens/refresh-racing-revoke.ts';
import { refreshRotationTests } from './tokens/refresh-rotation.ts';
import { skewedClocksTests } from './tokens/skewed-clocks.ts';

inOneFile({
  'access token attacks': accessTokenAttacksTests,
  'account api tokens': accountApiTokensTests,
  'key rotation': keyRotationTests,
  'key rotation under load': keyRotationUnderLoadTests,
  'keys command': keysCommandTests,
  'refresh racing revoke': refreshRacingRevokeTests,
  'refresh rotation': refreshRotationTests,
  'skewed clocks': skewedClocksTests,
});
