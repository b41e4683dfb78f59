import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { apiKeyChangesTests } from './api-keys/api-key-changes.ts';
import { apiKeyEndTests } from './api-keys/api-key-end.ts';
import { apiKeyIdempotencyTests } from './api-keys/api-key-idempotency.ts';
import { apiKeyProjectTests } from './api-keys/api-key-project.ts';
import { apiKeyRotationTests } from './api-keys/api-key-rotation.ts';
import { apiKeySuspensionTests } from './api-keys/api-key-suspension.ts';
import { apiKeysTests } from './api-keys/api-keys.ts';
import { organisationKeysTests } from './api-keys/organisation-keys.ts';
import { organisationProjectsTests } from './api-keys/organisation-projects.ts';

inOneFile({
  'api key changes': apiKeyChangesTests,
  'api key end': apiKeyEndTests,
  'api key idempotency': apiKeyIdempotencyTests,
  'api key project': apiKeyProjectTests,
  'api key rotation': apiKeyRotationTests,
  'api key suspension': apiKeySuspensionTests,
  'api keys': apiKeysTests,
  'organisation keys': organisationKeysTests,
  'organisation projects': organisationProjectsTests,
});
