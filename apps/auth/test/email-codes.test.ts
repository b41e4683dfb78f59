import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { codeAtRestTests } from './email-codes/code-at-rest.ts';
import { codeLimitsTests } from './email-codes/code-limits.ts';
import { codesWithoutRedisTests } from './email-codes/codes-without-redis.ts';
import { codesTests } from './email-codes/codes.ts';
import { lockingAPersonOutTests } from './email-codes/locking-a-person-out.ts';

inOneFile({
  'code at rest': codeAtRestTests,
  'code limits': codeLimitsTests,
  codes: codesTests,
  'codes without redis': codesWithoutRedisTests,
  'locking a person out': lockingAPersonOutTests,
});
