import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { acceptInvitesTests } from './organisations/accept-invites.ts';
import { adminTenantsTests } from './organisations/admin-tenants.ts';
import { adminsMintOwnersTests } from './organisations/admins-mint-owners.ts';
import { archiveTests } from './organisations/archive.ts';
import { configurationTests } from './organisations/configuration.ts';
import { deletedOwnerTests } from './organisations/deleted-owner.ts';
import { disabledOwnerTests } from './organisations/disabled-owner.ts';
import { infoChangesTests } from './organisations/info-changes.ts';
import { inviteTokensLeakTests } from './organisations/invite-tokens-leak.ts';
import { invitesTests } from './organisations/invites.ts';
import { membersTests } from './organisations/members.ts';
import { organisationEventsTests } from './organisations/organisation-events.ts';
import { ownersLeaveAtOnceTests } from './organisations/owners-leave-at-once.ts';
import { searchesUseIndexesTests } from './organisations/searches-use-indexes.ts';
import { selectedTests } from './organisations/selected.ts';
import { subscriptionChangesTests } from './organisations/subscription-changes.ts';
import { suspendedTests } from './organisations/suspended.ts';
import { tenantsTests } from './organisations/tenants.ts';
import { unverifiedInviteesTests } from './organisations/unverified-invitees.ts';

inOneFile({
  'accept invites': acceptInvitesTests,
  'admin tenants': adminTenantsTests,
  'admins mint owners': adminsMintOwnersTests,
  archive: archiveTests,
  configuration: configurationTests,
  'deleted owner': deletedOwnerTests,
  'disabled owner': disabledOwnerTests,
  'info changes': infoChangesTests,
  'invite tokens leak': inviteTokensLeakTests,
  invites: invitesTests,
  members: membersTests,
  'organisation events': organisationEventsTests,
  'owners leave at once': ownersLeaveAtOnceTests,
  'searches use indexes': searchesUseIndexesTests,
  selected: selectedTests,
  'subscription changes': subscriptionChangesTests,
  suspended: suspendedTests,
  tenants: tenantsTests,
  'unverified invitees': unverifiedInviteesTests,
});
