import { describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { refusalOf } from '../../support/callers.ts';
import {
  backend,
  LIST,
  newPerson,
  within,
  newOrganisation,
  join,
  spend,
  organisationCredits,
  outcomeOf,
} from './stage.ts';

const EVENTS = '/api/v1/timepoints/events';

/** Roles of members, and those who are members no longer. */
export function membersTests(): void {
  describe('roles are those of now', () => {
    test('a viewer reads, and is refused where more is asked for; raised, the same token may', async () => {
      const acme = await newOrganisation();
      const person = await newPerson();
      await join(acme, person, 'viewer');
      const calls = await within(person, acme.id);
      expect(await calls.call('platform.serviceInfo')).toMatchObject({ role: 'viewer', billing_email: null });
      const members = await calls.call('platform.listMembers');
      expect(members.items.map(({ email }) => email)).toEqual(['p…@example.com', 'p…@example.com']);
      const refused = await refusalOf(spend(calls));
      expect(refused.body).toMatchObject({ status: 403, code: 'tenant.role_insufficient', required_role: 'member' });
      const outcomes = await Promise.all(
        [
          calls.call('platform.createInvite', { body: { email: 'x@example.com' } }),
          calls.call('platform.updateServiceInfo', { body: { name: 'Mine' } }),
          calls.call('llm.createKey', { body: { name: 'mine' } }),
          calls.call('platform.handOverOwnership', { body: { user_id: person.id } }),
        ].map(outcomeOf),
      );
      for (const outcome of outcomes) expect(outcome).toEqual([403, 'tenant.role_insufficient']);
      await acme.calls.call('platform.updateMember', { params: { user_id: person.id }, body: { role: 'member' } });
      await waitFor(async () => (await spend(calls)) === '45');
      expect(backend.received.at(-1)?.headers['x-gateway-tenant-role']).toBe('member');
    });

    test('an admin who is lowered loses what an admin may, with the token that they have (E14)', async () => {
      const acme = await newOrganisation();
      const person = await newPerson();
      await join(acme, person, 'admin');
      const calls = await within(person, acme.id);
      await calls.call('platform.createInvite', { body: { email: 'one@example.com' } });
      await acme.calls.call('platform.updateMember', { params: { user_id: person.id }, body: { role: 'viewer' } });
      await waitFor(async () => {
        const refused = await refusalOf(calls.call('platform.createInvite', { body: { email: 'two@example.com' } }));
        return refused.code === 'tenant.role_insufficient';
      });
    });
  });

  describe('whoever is removed, or leaves (E4)', () => {
    test.each(['removed', 'leaves'])(
      '%s: an open stream ends, the next call is 403, and personal use goes on',
      async (how) => {
        const acme = await newOrganisation();
        const person = await newPerson();
        await join(acme, person, 'member');
        const calls = await within(person, acme.id);
        const stream = calls.events(EVENTS);
        expect((await stream.next()).value).toMatchObject({ data: 'open' });
        const end = stream.next().then(
          ({ done }) => (done === true ? 'ended' : 'went on'),
          (error: unknown) => (error instanceof Error ? 'ended' : 'went on'),
        );
        const remover = how === 'leaves' ? calls : acme.calls;
        expect(await remover.call('platform.removeMember', { params: { user_id: person.id } })).toMatchObject({
          removed: true,
        });
        expect(await end).toBe('ended');
        await waitFor(async () => (await refusalOf(calls.request(LIST))).code === 'tenant.membership_ended');
        expect(await outcomeOf(spend(calls))).toEqual([403, 'tenant.membership_ended']);
        expect(await spend(person.self)).toBe('45');
        expect(await outcomeOf(within(person, acme.id))).toEqual([404, 'resource.not_found']);
        expect(await organisationCredits(acme.calls)).toBe(50);
      },
    );

    test('invited again, they have another membership: the old token stays dead', async () => {
      const acme = await newOrganisation();
      const person = await newPerson();
      await join(acme, person, 'member');
      const old = await within(person, acme.id);
      await acme.calls.call('platform.removeMember', { params: { user_id: person.id } });
      await acme.calls.call('platform.createInvite', { body: { email: person.email } });
      const { items } = await person.self.call('platform.listOwnInvites');
      await person.self.call('platform.acceptInvite', { body: { invite_id: items[0]?.id ?? '' } });
      await waitFor(async () => (await refusalOf(old.request(LIST))).code === 'tenant.membership_ended');
      expect(await spend(await within(person, acme.id))).toBe('45');
      expect((await refusalOf(old.request(LIST))).status).toBe(403);
    });
  });
}
