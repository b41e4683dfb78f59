import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import { call, type Answer } from '../harness.ts';
import { newAddress, outcome, startPasswordStage, type PasswordStage } from '../passwords/people.ts';
import { addMember, openOrganisation, type Member } from './organisation.ts';

/** Looking at invites, accepting and declining them, with the token that was mailed. */
export function acceptInvitesTests(): void {
  const OWN = '/platform/api/global/invites';
  const ACCEPT = `${OWN}/accept`;

  let stage: PasswordStage;
  beforeAll(async () => {
    stage = await startPasswordStage();
  });
  afterAll(async () => {
    await stage.close();
  });

  /** Invites an address; the token of its mail. */
  async function invite(member: Member, email: string, role = 'member', mailsMin = 1): Promise<string> {
    const sent = await member.send('POST', '/platform/api/service/invites', { email, role });
    expect([200, 201]).toContain(sent.status);
    expect(sent.body).not.toHaveProperty('accept_url');
    // Quoted-printable breaks the line and writes the equals sign as =3D.
    const mail = (await stage.mailTo(email.toLowerCase(), mailsMin)).replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(mail).toContain('https://app.example.com/invites#token=');
    return /#token=(m[\w-]{43})/.exec(mail)?.[1] ?? '';
  }

  const listed = async (member: Member): Promise<{ id: string }[]> =>
    (await member.send('GET', '/platform/api/service/invites')).body['items'] as { id: string }[];
  const preview = (token: string): Promise<Answer> => call(stage.auth, 'GET', `${OWN}/preview?token=${token}`);
  const accept = (person: Answer, body: object): Promise<Answer> => stage.as(person, 'POST', ACCEPT, body);
  const userIdOf = (person: Answer): string => decodeAccessToken(String(person.body['access_token'])).payload.sub;
  const roleOf = async (organisationId: string, person: Answer): Promise<string | undefined> =>
    (
      await stage.auth.context.database.prisma.membership.findFirst({
        where: { organisationId, userId: userIdOf(person) },
      })
    )?.role;

  describe('the mailed invite', () => {
    test('is looked at as often as anybody likes and accepted once; again the same person is answered the same', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email, 'admin');
      for (let looked = 0; looked < 3; looked += 1) {
        const seen = await preview(token);
        expect(seen.status).toBe(200);
        expect(seen.body).toMatchObject({
          tenant: { name: 'Acme' },
          role: 'admin',
          invited_email: email,
          account_exists: false,
          inviter_name: null,
        });
      }
      const person = await stage.person(email, undefined, 2);
      expect((await preview(token)).body).toMatchObject({ account_exists: true });
      expect((await stage.as(person, 'GET', OWN)).body).toMatchObject({
        total: 1,
        items: [{ role: 'admin', invited_email: email }],
      });
      const answers = await Promise.all(Array.from({ length: 10 }, () => accept(person, { token })));
      for (const { status, body } of answers) {
        expect(status).toBe(200);
        expect(body).toMatchObject({ tenant_id: owner.organisationId, role: 'admin' });
      }
      expect(outcome(await preview(token))).toEqual([410, 'invite.invalid']);
      expect((await stage.as(person, 'GET', '/platform/api/global/tenants')).body).toMatchObject({ total: 1 });
      const { organisationId } = owner;
      const { prisma } = stage.auth.context.database;
      expect(await prisma.auditEvent.count({ where: { organisationId, action: 'invite.accept' } })).toBe(1);
    });

    test('that was accepted cannot be revoked, and the member stays (E11)', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email, 'admin');
      const person = await stage.person(email, undefined, 2);
      await accept(person, { token });
      const before = await listed(owner);
      const refused = await owner.send('DELETE', `/platform/api/service/invites/${String(before[0]?.id)}`);
      expect(outcome(refused)).toEqual([409, 'resource.conflict']);
      expect(await listed(owner)).toEqual(before);
      expect(await roleOf(owner.organisationId, person)).toBe('admin');
    });

    test('is not used up by whoever follows its link before the person does (E19)', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email);
      const path = `${stage.auth.url}${OWN}/preview?token=${token}`;
      const follow = (method: string) => fetch(path, { method }).then(({ status }) => status);
      const statuses = await Promise.all(
        Array.from({ length: 20 }, (_, index) => follow(index % 2 === 0 ? 'GET' : 'HEAD')),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect((await accept(await stage.person(email, undefined, 2), { token })).status).toBe(200);
    });

    test('is nobody else’s, and of no other spelling: the other person is told part of the address, and the invite stays (E6, E7)', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = `Dev${newAddress()}`;
      const token = await invite(owner, email);
      const [invited, other] = [await stage.person(email.toLowerCase(), undefined, 2), await stage.person()];
      const refused = await accept(other, { token });
      expect(outcome(refused)).toEqual([403, 'invite.email_mismatch']);
      expect(refused.body['invited_email']).toBe('d***@example.com');
      expect(outcome(await stage.as(other, 'POST', `${OWN}/decline`, { token }))).toEqual([
        403,
        'invite.email_mismatch',
      ]);
      const id = ((await stage.as(invited, 'GET', OWN)).body['items'] as { id: string }[])[0]?.id;
      const guessed = await accept(other, { invite_id: id });
      const unknown = await accept(other, { invite_id: randomUUID() });
      expect([outcome(guessed), outcome(unknown)]).toEqual([
        [410, 'invite.invalid'],
        [410, 'invite.invalid'],
      ]);
      expect((await stage.as(other, 'GET', OWN)).body).toMatchObject({ total: 0 });
      expect((await accept(invited, { invite_id: id })).status).toBe(200);
    });

    test('raises a lower role, which edges are told of, and leaves a higher one', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const person = await stage.person(email);
      let mails = 1;
      const rise = async (role: string) => {
        mails += 1;
        return (await accept(person, { token: await invite(owner, email, role, mails) })).body['role'];
      };
      expect(await rise('member')).toBe('member');
      expect(await rise('admin')).toBe('admin');
      expect(await rise('viewer')).toBe('admin');
      const membership = await stage.auth.context.database.prisma.membership.findFirst({
        where: { organisationId: owner.organisationId, userId: userIdOf(person) },
      });
      const told = await stage.auth.context.database.query(
        `SELECT kind FROM revocation WHERE target_id = $1::uuid`,
        membership?.id,
      );
      expect(told).toEqual([{ kind: 'membership' }]);
    });

    test.each([
      ['expired', 'UPDATE invite SET expires_at = now() WHERE organisation_id = $1::uuid'],
      ['revoked', 'UPDATE invite SET revoked_at = now() WHERE organisation_id = $1::uuid'],
      [
        'of an archived organisation',
        "UPDATE organisation SET status = 'archived', archived_at = now() WHERE id = $1::uuid",
      ],
      [
        'of a person who may not invite any more',
        "UPDATE membership SET role = 'member' WHERE organisation_id = $1::uuid",
      ],
      ['of a person who was disabled', "UPDATE membership SET status = 'disabled' WHERE organisation_id = $1::uuid"],
      ['of a person who left', 'DELETE FROM membership WHERE organisation_id = $1::uuid'],
    ])('that is %s is refused at every door alike', async (_what, change) => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email);
      const person = await stage.person(email, undefined, 2);
      await stage.auth.context.database.query(change, owner.organisationId);
      const answers = [
        await preview(token),
        await accept(person, { token }),
        await stage.as(person, 'POST', `${OWN}/decline`, { token }),
      ];
      for (const answer of answers) expect(outcome(answer)).toEqual([410, 'invite.invalid']);
      expect((await stage.as(person, 'GET', OWN)).body).toMatchObject({ total: 0 });
    });

    test('to a suspended organisation waits until it is restored', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email);
      const person = await stage.person(email, undefined, 2);
      const { prisma } = stage.auth.context.database;
      const where = { id: owner.organisationId };
      await prisma.organisation.update({ where, data: { status: 'suspended', suspendedAt: new Date() } });
      expect(outcome(await accept(person, { token }))).toEqual([403, 'tenant.suspended']);
      await prisma.organisation.update({ where, data: { status: 'active', suspendedAt: null } });
      expect((await accept(person, { token })).status).toBe(200);
    });

    test('is refused by the member limit, and stays pending', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email);
      const person = await stage.person(email, undefined, 2);
      await Promise.all(Array.from({ length: 99 }, () => addMember(stage.auth, owner.organisationId, 'viewer')));
      const refused = await accept(person, { token });
      expect(outcome(refused)).toEqual([409, 'tenant.limit_reached']);
      expect(refused.body).toMatchObject({ limit: 100, resource: 'members' });
      expect((await preview(token)).status).toBe(200);
    });

    test('can be declined, and is then nobody’s', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(owner, email);
      const person = await stage.person(email, undefined, 2);
      expect((await stage.as(person, 'POST', `${OWN}/decline`, { token })).status).toBe(204);
      expect(outcome(await accept(person, { token }))).toEqual([410, 'invite.invalid']);
      expect((await owner.send('GET', '/platform/api/service/invites')).body).toMatchObject({
        items: [{ status: 'declined' }],
      });
    });

    test('that was sent again is dead in its first mail', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const first = await invite(owner, email);
      const second = await invite(owner, email, 'member', 2);
      expect(outcome(await preview(first))).toEqual([410, 'invite.invalid']);
      expect((await preview(second)).status).toBe(200);
    });

    test.each(['m'.repeat(44), 'x', `s${'A'.repeat(43)}`])('with the token %p is unknown', async (token) => {
      expect(outcome(await preview(token))).toEqual([410, 'invite.invalid']);
    });

    test('names one invite: neither nothing nor two', async () => {
      const person = await stage.person();
      expect((await accept(person, {})).status).toBe(422);
      expect((await accept(person, { token: 'x', invite_id: randomUUID() })).status).toBe(422);
    });
  });
}
