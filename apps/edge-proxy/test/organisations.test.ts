import { anotherTenantsIds } from './organisations/another-tenants-ids.ts';
import { operatorsThroughTheEdge } from './organisations/operators-through-the-edge.ts';
import { organisationKeys } from './organisations/organisation-keys.ts';
import { slowPoliciesHoldNoConnection } from './organisations/slow-policies-hold-no-connection.ts';
import { suspendedOrganisationsKeysWork } from './organisations/suspended-organisations-keys-work.ts';
import { tenantFromTheTokenAlone } from './organisations/tenant-from-the-token-alone.ts';
import { onOneStack } from './support/on-one-stack.ts';

onOneStack({
  "another tenant's ids": anotherTenantsIds,
  'tenant from the token alone': tenantFromTheTokenAlone,
  "suspended organisation's keys work": suspendedOrganisationsKeysWork,
  "an organisation's keys": organisationKeys,
  'slow policies hold no connection': slowPoliciesHoldNoConnection,
  'operators through the edge': operatorsThroughTheEdge,
});
