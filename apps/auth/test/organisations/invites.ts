import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { createStores, startAuth, type Answer, type AuthInstance, type Stores } from '../harness.ts';
import { addMember, openOrganisation, type Member } from './organisation.ts';

/** Inviting to an organisation, its list, sending again and revoking. There is no mail server, so the link is in the answer. */
export function invitesTests(): void {
  const INVITES = '/platform/api/service/invites';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores, { PLATFORM_APP_URL: 'https://app.example.com' });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  const newAddress = (): string => `${randomUUID()}@example.com`;
  const invite = (member: Member, email = newAddress(), role?: string): Promise<Answer> =>
    member.send('POST', INVITES, role === undefined ? { email } : { email, role });
  const outcome = ({ status, body }: Answer): [number, unknown] => [status, body['code']];
  const tokenOf = ({ body }: Answer): string => String(body['accept_url']).split('#token=')[1] ?? '';

  /** The past of what was sent: it happened so many seconds earlier. */
  async function letPass(organisationId: string, seconds: number): Promise<void> {
    await stores.database.query(
      `UPDATE audit_event SET at = at - $2::int * interval '1 second' WHERE organisation_id = $1::uuid`,
      [organisationId, seconds],
    );
  }

  describe('inviting', () => {
    test('makes a pending invite of seven days, and one audit entry', async () => {
      const owner = await openOrganisation(auth);
      const sent = await invite(owner, 'Dev@Acme.com');
      expect(sent.status).toBe(201);
      expect(sent.body).toMatchObject({
        email: 'dev@acme.com',
        role: 'member',
        status: 'pending',
        invited_by: owner.session.userId,
        accepted_at: null,
      });
      const life = Date.parse(String(sent.body['expires_at'])) - Date.parse(String(sent.body['created_at']));
      expect(Math.round(life / 86_400_000)).toBe(7);
      expect(sent.body['accept_url']).toMatch(/^https:\/\/app\.example\.com\/invites#token=s[\w-]{43}$/);
      const { organisationId } = owner;
      const events = await auth.context.database.prisma.auditEvent.findMany({
        where: { organisationId, action: 'invite.create' },
      });
      expect(events.map(({ userId, detail }) => [userId, detail])).toEqual([
        [owner.session.userId, { invite_id: sent.body['id'], role: 'member' }],
      ]);
    });

    test('an address in another spelling again changes the one invite, and the old link is dead (E7)', async () => {
      const owner = await openOrganisation(auth);
      const first = await invite(owner, 'Dev@München.example');
      const again = await invite(owner, 'dev@xn--mnchen-3ya.example', 'admin');
      expect([first.status, again.status]).toEqual([201, 200]);
      expect(again.body).toMatchObject({ id: first.body['id'], role: 'admin' });
      expect(tokenOf(again)).not.toBe(tokenOf(first));
      expect((await owner.send('GET', INVITES)).body).toMatchObject({ total: 1 });
    });

    test('twenty at once of one address are one invite', async () => {
      const owner = await openOrganisation(auth);
      const email = newAddress();
      const answers = await Promise.all(Array.from({ length: 20 }, () => invite(owner, email)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
      expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    });

    test('nobody invites to a role above the own one, at any door, and no row changes', async () => {
      const owner = await openOrganisation(auth);
      const admin = await addMember(auth, owner.organisationId, 'admin');
      const email = newAddress();
      expect((await invite(admin, email)).status).toBe(201);
      const toOwner = await invite(owner, newAddress(), 'owner');
      await letPass(owner.organisationId, 61);
      const refusals = [
        await invite(admin, newAddress(), 'owner'),
        await invite(admin, email, 'owner'),
        await admin.send('POST', `${INVITES}/${String(toOwner.body['id'])}/resend`),
      ];
      for (const refused of refusals) {
        expect(outcome(refused)).toEqual([403, 'tenant.role_insufficient']);
        expect(refused.body['required_role']).toBe('owner');
      }
      const listed = (await owner.send('GET', INVITES)).body['items'] as { email: string; role: string }[];
      expect(listed.map(({ role }) => role)).toEqual(['owner', 'member']);
    });

    test('what the sender’s role is now decides, and a member or viewer does not reach the routes', async () => {
      const owner = await openOrganisation(auth);
      const admin = await addMember(auth, owner.organisationId, 'admin');
      await auth.context.database.prisma.membership.updateMany({
        where: { userId: admin.session.userId },
        data: { role: 'viewer' },
      });
      expect(outcome(await invite(admin))).toEqual([403, 'tenant.role_insufficient']);
      const id = randomUUID();
      for (const role of ['viewer', 'member'] as const) {
        const member = await addMember(auth, owner.organisationId, role);
        for (const [method, path] of [
          ['POST', INVITES],
          ['GET', INVITES],
          ['POST', `${INVITES}/${id}/resend`],
          ['DELETE', `${INVITES}/${id}`],
        ] as const)
          expect(outcome(await member.send(method, path, method === 'GET' ? undefined : {}))).toEqual([
            403,
            'tenant.role_insufficient',
          ]);
      }
    });

    test('a suspended organisation invites nobody', async () => {
      const owner = await openOrganisation(auth);
      await auth.context.database.prisma.organisation.update({
        where: { id: owner.organisationId },
        data: { status: 'suspended', suspendedAt: new Date() },
      });
      expect(outcome(await invite(owner))).toEqual([403, 'tenant.suspended']);
    });

    test('twenty are sent by one person in an hour, however many at once', async () => {
      const owner = await openOrganisation(auth);
      const answers = await Promise.all(Array.from({ length: 24 }, () => invite(owner)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(4);
      expect(refused[0]?.headers.get('retry-after')).toBe('3600');
      await letPass(owner.organisationId, 3_601);
      expect((await invite(owner)).status).toBe(201);
    });

    test('fifty are pending; expired ones do not count', async () => {
      const owner = await openOrganisation(auth);
      const { organisationId } = owner;
      await auth.context.database.query(
        `INSERT INTO invite (id, organisation_id, email, role, invited_by, token_digest, expires_at)
       SELECT gen_random_uuid(), $1::uuid, n || '@example.com', 'member', $2::uuid, sha256(($1 || n::text)::bytea), now() + interval '1 day'
         FROM generate_series(1, 50) n`,
        organisationId,
        owner.session.userId,
      );
      const refused = await invite(owner);
      expect(outcome(refused)).toEqual([409, 'tenant.limit_reached']);
      expect(refused.body).toMatchObject({ limit: 50, resource: 'pending_invites' });
      expect((await invite(owner, '7@example.com')).status).toBe(200);
      await auth.context.database.query(
        "UPDATE invite SET expires_at = now() WHERE organisation_id = $1::uuid AND email = '1@example.com'",
        organisationId,
      );
      expect((await invite(owner)).status).toBe(201);
    });

    test('a hundred are sent by an organisation in a day, whoever sends them', async () => {
      const owner = await openOrganisation(auth);
      const { organisationId } = owner;
      const first = await invite(owner);
      await auth.context.database.query(
        `INSERT INTO audit_event (action, actor, organisation_id, user_id, at)
       SELECT 'invite.create', 'user', $1::uuid, gen_random_uuid(), now() - interval '23 hours' FROM generate_series(1, 99)`,
        organisationId,
      );
      const admin = await addMember(auth, organisationId, 'admin');
      await letPass(organisationId, 61);
      const refused = await invite(admin);
      expect([...outcome(refused), refused.headers.get('retry-after')]).toEqual([429, 'rate_limit.exceeded', '86400']);
      expect((await admin.send('POST', `${INVITES}/${String(first.body['id'])}/resend`)).status).toBe(429);
      expect((await owner.send('GET', INVITES)).body).toMatchObject({ total: 1 });
      await letPass(organisationId, 3_600);
      expect((await invite(admin)).status).toBe(201);
    });

    test('under one Idempotency-Key it is sent once: the same answer, the same link', async () => {
      const owner = await openOrganisation(auth);
      const key = { [HEADER.idempotencyKey]: randomUUID() };
      const email = newAddress();
      const ask = (role = 'member') => owner.send('POST', INVITES, { email, role }, key);
      const first = await ask();
      const again = await ask();
      expect([again.status, again.body, again.headers.get(HEADER.idempotencyReplayed)]).toEqual([
        201,
        first.body,
        'true',
      ]);
      expect(
        (await auth.context.database.prisma.invite.findMany({ where: { email } })).map(({ sentCount }) => sentCount),
      ).toEqual([1]);
      expect(outcome(await ask('viewer'))).toEqual([409, 'idempotency.conflict']);
      // The keys of another organisation, and of another person in this one, are others.
      const admin = await addMember(auth, owner.organisationId, 'admin');
      const other = await openOrganisation(auth);
      for (const member of [admin, other])
        expect((await member.send('POST', INVITES, { email: newAddress() }, key)).status).toBe(201);
      // Nobody reads the link out of what is kept for repetitions.
      const kept = await auth.context.database.query('SELECT i::text AS row FROM idempotency i');
      expect(JSON.stringify(kept)).not.toContain(tokenOf(first));
    });

    test('whose answer was lost is sent again under its key, as the same invite', async () => {
      const owner = await openOrganisation(auth);
      const key = { [HEADER.idempotencyKey]: randomUUID() };
      const body = { email: newAddress() };
      const first = await owner.send('POST', INVITES, body, key);
      await auth.context.database.prisma.idempotency.deleteMany({
        where: { scope: { startsWith: `organisation:${owner.organisationId}:` } },
      });
      const again = await owner.send('POST', INVITES, body, key);
      expect([again.status, again.body['id']]).toEqual([201, first.body['id']]);
    });

    test.each(['no-address', 'ď@example.com', ''])('refuses the address %p', async (email) => {
      expect(outcome(await invite(await openOrganisation(auth), email))).toEqual([422, 'request.invalid']);
    });
  });

  describe('the list', () => {
    test('has the status of now, one can be asked for, and an expired invite blocks no new one (E8)', async () => {
      const owner = await openOrganisation(auth);
      const email = newAddress();
      const first = await invite(owner, email);
      await auth.context.database.query('UPDATE invite SET expires_at = now() WHERE id = $1::uuid', first.body['id']);
      const expired = await owner.send('GET', `${INVITES}?status=expired`);
      expect(expired.body).toMatchObject({ total: 1, limit: 50, offset: 0, items: [{ email, status: 'expired' }] });
      expect((await owner.send('GET', `${INVITES}?status=pending`)).body).toMatchObject({ total: 0, items: [] });
      expect((await invite(owner, email)).body).toMatchObject({ id: first.body['id'], status: 'pending' });
    });

    test('holds no token: neither does the database, nor the audit trail', async () => {
      const owner = await openOrganisation(auth);
      const token = tokenOf(await invite(owner));
      const { database } = auth.context;
      const rows = await database.query(
        `SELECT row_to_json(i)::text AS row FROM invite i UNION ALL SELECT row_to_json(e)::text FROM audit_event e`,
      );
      const listed = await owner.send('GET', INVITES);
      expect(JSON.stringify([rows, listed.body])).not.toContain(token);
      expect(JSON.stringify(listed.body)).not.toContain('accept_url');
    });
  });

  describe('sending again', () => {
    test('gives a new link, once a minute and five times a day', async () => {
      const owner = await openOrganisation(auth);
      const first = await invite(owner);
      const resend = () => owner.send('POST', `${INVITES}/${String(first.body['id'])}/resend`);
      const early = await resend();
      expect([early.status, early.headers.get('retry-after')]).toEqual([429, '60']);
      for (let sent = 0; sent < 5; sent += 1) {
        await letPass(owner.organisationId, 61);
        const again = await resend();
        expect(again.status).toBe(200);
        expect(tokenOf(again)).not.toBe(tokenOf(first));
      }
      await letPass(owner.organisationId, 61);
      expect(outcome(await resend())).toEqual([429, 'rate_limit.exceeded']);
    });
  });

  describe('revoking', () => {
    test('ends the invite, and again changes nothing', async () => {
      const owner = await openOrganisation(auth);
      const path = `${INVITES}/${String((await invite(owner)).body['id'])}`;
      expect((await owner.send('DELETE', path)).status).toBe(204);
      expect((await owner.send('DELETE', path)).status).toBe(204);
      expect(outcome(await owner.send('POST', `${path}/resend`))).toEqual([409, 'resource.conflict']);
      expect((await owner.send('GET', INVITES)).body).toMatchObject({ items: [{ status: 'revoked' }] });
      const { organisationId } = owner;
      expect(
        await auth.context.database.prisma.auditEvent.count({ where: { organisationId, action: 'invite.revoke' } }),
      ).toBe(1);
    });

    test('another organisation’s invite is answered like one that does not exist, and stays', async () => {
      const [owner, stranger] = [await openOrganisation(auth), await openOrganisation(auth)];
      const id = String((await invite(owner)).body['id']);
      for (const [method, ending] of [
        ['DELETE', ''],
        ['POST', '/resend'],
      ] as const) {
        const theirs = await stranger.send(method, `${INVITES}/${id}${ending}`);
        const nobodys = await stranger.send(method, `${INVITES}/${randomUUID()}${ending}`);
        const { request_id: _one, ...body } = theirs.body;
        const { request_id: _other, ...missing } = nobodys.body;
        expect([theirs.status, body]).toEqual([404, missing]);
      }
      expect((await owner.send('GET', INVITES)).body).toMatchObject({ items: [{ id, status: 'pending' }] });
    });
  });
}
