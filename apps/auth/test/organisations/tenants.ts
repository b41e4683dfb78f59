import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { decodeAccessToken } from '../decode.ts';
import {
  asUser,
  call,
  createStores,
  introspect,
  openSession,
  startAuth,
  callAs,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

/** Making organisations, their slugs, and selecting one. */
export function tenantsTests(): void {
  const TENANTS = '/platform/api/global/tenants';
  const SELECT = '/platform/api/global/auth/select-tenant';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores, { ORGANISATIONS_OWNED_MAX: '3' });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  const newSlug = (): string => `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;

  async function organisationOf(session: Awaited<ReturnType<typeof openSession>>, slug = newSlug()): Promise<string> {
    const made = await callAs(auth, session, 'POST', TENANTS, { name: 'Acme', slug });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  }

  describe('making an organisation', () => {
    test('makes its maker the owner, with a default project in each environment and an audit event', async () => {
      const session = await openSession(auth);
      const made = await callAs(auth, session, 'POST', TENANTS, {
        name: '  Acme  Ltd ',
        slug: 'ACME-ltd',
        billing_email: 'pay@acme.example',
      });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        slug: 'acme-ltd',
        status: 'active',
        role: 'owner',
        billing_email: 'pay@acme.example',
        tenant_id: made.body['id'],
      });
      const listed = await callAs(auth, session, 'GET', TENANTS);
      expect(listed.body).toMatchObject({
        total: 1,
        limit: 50,
        offset: 0,
        items: [{ id: made.body['id'], role: 'owner', slug: 'acme-ltd' }],
      });
      const { prisma } = auth.context.database;
      const organisationId = String(made.body['id']);
      const projects = await prisma.project.findMany({ where: { organisationId }, orderBy: { environment: 'asc' } });
      expect(projects.map(({ environment, userId }) => [environment, userId])).toEqual([
        ['prod', null],
        ['test', null],
      ]);
      const events = await prisma.auditEvent.findMany({ where: { organisationId } });
      expect(events.map(({ action, userId }) => [action, userId])).toEqual([['organisation.create', session.userId]]);
    });

    test('of twenty at once with one slug, one is made and nineteen are told that it is taken (E17)', async () => {
      const slug = newSlug();
      const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(auth)));
      const answers = await Promise.all(
        sessions.map((session) => callAs(auth, session, 'POST', TENANTS, { name: 'Race', slug })),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status, body }) => status === 409 && body['code'] === 'tenant.slug_taken')).toHaveLength(
        19,
      );
    });

    test('one person at once makes no more than the limit', async () => {
      const session = await openSession(auth);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => callAs(auth, session, 'POST', TENANTS, { name: 'Many', slug: newSlug() })),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
      const refused = answers.filter(({ status }) => status === 409);
      expect(refused).toHaveLength(5);
      expect(refused[0]?.body).toMatchObject({
        code: 'tenant.limit_reached',
        limit: 3,
        resource: 'organisations_owned',
      });
    });

    test('under one Idempotency-Key is done once, also where the answer was lost', async () => {
      const session = await openSession(auth);
      const idempotencyKey = randomUUID();
      const ask = (name: string) =>
        call(auth, 'POST', TENANTS, {
          body: { name },
          headers: {
            ...asUser('POST', TENANTS, session.userId, session.sessionId),
            [HEADER.idempotencyKey]: idempotencyKey,
          },
        });
      const first = await ask('Once');
      const again = await ask('Once');
      expect([again.status, again.body, again.headers.get(HEADER.idempotencyReplayed)]).toEqual([
        201,
        first.body,
        'true',
      ]);
      expect((await ask('Twice')).status).toBe(409);
      await auth.context.database.prisma.idempotency.deleteMany({
        where: { scope: `user:${session.userId}:tenants.create` },
      });
      expect((await ask('Once')).body).toEqual(first.body);
      expect((await callAs(auth, session, 'GET', TENANTS)).body).toMatchObject({ total: 1 });
    });

    test('without a slug one is made from the name, and the next free one where it is taken', async () => {
      const name = `Žluťoučký ${newSlug()}`;
      const first = await callAs(auth, await openSession(auth), 'POST', TENANTS, { name });
      const second = await callAs(auth, await openSession(auth), 'POST', TENANTS, { name });
      expect(first.body['slug']).toMatch(/^zlutoucky-o[0-9a-f]{20}$/);
      expect(second.body['slug']).toBe(`${String(first.body['slug'])}-2`);
      const nameless = await callAs(auth, await openSession(auth), 'POST', TENANTS, { name: '東京' });
      expect(nameless.body['slug']).toMatch(/^org-[0-9a-f]{12}$/);
    });

    test.each(['admin', '12345', 'a--b', '\u0410cme', randomUUID(), 'ab', 'a'.repeat(49)])(
      'refuses the slug %p (E17)',
      async (slug) => {
        const refused = await callAs(auth, await openSession(auth), 'POST', TENANTS, { name: 'Acme', slug });
        expect([refused.status, refused.body['code']]).toEqual([422, 'request.invalid']);
      },
    );
  });

  describe('whether a slug is free', () => {
    const ask = (query: string) => call(auth, 'GET', `${TENANTS}/check-availability?${query}`);

    test('says so, and why not', async () => {
      const slug = newSlug();
      expect((await ask(`slug=${slug}`)).body).toEqual({ slug, available: true, reason: null, suggestion: null });
      await organisationOf(await openSession(auth), slug);
      expect((await ask(`slug=${slug.toUpperCase()}`)).body).toEqual({
        slug,
        available: false,
        reason: 'taken',
        suggestion: `${slug}-2`,
      });
      expect((await ask('slug=admin')).body).toEqual({
        slug: 'admin',
        available: false,
        reason: 'reserved',
        suggestion: 'admin-2',
      });
      expect((await ask('slug=a--b')).body).toEqual({
        slug: 'a--b',
        available: false,
        reason: 'invalid',
        suggestion: 'a-b',
      });
    });

    test('proposes one from a name, and refuses a question without either', async () => {
      const slug = newSlug();
      expect((await ask(`name=${slug}%20GmbH`)).body).toMatchObject({ slug: `${slug}-gmbh`, available: true });
      expect((await ask('name=%E6%9D%B1%E4%BA%AC')).body).toEqual({
        slug: null,
        available: false,
        reason: 'invalid',
        suggestion: null,
      });
      expect((await ask('')).status).toBe(422);
    });

    test('a released slug is taken until it is free', async () => {
      const slug = newSlug();
      const id = await organisationOf(await openSession(auth), slug);
      const { prisma } = auth.context.database;
      const freeAt = (days: number) =>
        prisma.organisationSlug.update({ where: { slug }, data: { freeAt: new Date(Date.now() + days * 86_400_000) } });
      await freeAt(1);
      expect((await ask(`slug=${slug}`)).body).toMatchObject({ available: false, reason: 'taken' });
      await freeAt(-1);
      expect((await ask(`slug=${slug}`)).body).toMatchObject({ available: true });
      const next = await callAs(auth, await openSession(auth), 'POST', TENANTS, { name: 'Next', slug });
      expect(next.status).toBe(201);
      expect(next.body['id']).not.toBe(id);
    });
  });

  describe('selecting an organisation', () => {
    test('gives a token of this organisation, role and environment, and the old token stays personal', async () => {
      const session = await openSession(auth);
      const slug = newSlug();
      const id = await organisationOf(session, slug);
      const byId = await callAs(auth, session, 'POST', SELECT, { tenant_id: id });
      expect(byId.status).toBe(200);
      expect(byId.body).toMatchObject({
        token_type: 'bearer',
        expires_in: 900,
        tenant_id: id,
        tenant: { id, slug, name: 'Acme', status: 'active' },
        role: 'owner',
        env: 'prod',
        scoped_access_token: byId.body['access_token'],
      });
      const bySlug = await callAs(auth, session, 'POST', SELECT, { tenant_slug: slug.toUpperCase(), env: 'test' });
      const { payload } = decodeAccessToken(String(bySlug.body['access_token']));
      expect(payload).toMatchObject({
        sub: session.userId,
        sid: session.sessionId,
        tid: id,
        role: 'owner',
        env: 'test',
      });
      expect((await introspect(auth, String(bySlug.body['access_token']))).body).toMatchObject({
        active: true,
        organisation: { id, role: 'owner', env: 'test', membership_id: payload['mid'], status: 'active' },
      });
      expect((await introspect(auth, session.response.access_token)).body).not.toHaveProperty('organisation');
    });

    test('one of somebody else is answered like one that does not exist', async () => {
      const id = await organisationOf(await openSession(auth));
      const stranger = await openSession(auth);
      const theirs = await callAs(auth, stranger, 'POST', SELECT, { tenant_id: id });
      const nobodys = await callAs(auth, stranger, 'POST', SELECT, { tenant_id: randomUUID() });
      expect(theirs.status).toBe(404);
      const { request_id: _one, ...body } = theirs.body;
      const { request_id: _other, ...missing } = nobodys.body;
      expect(body).toEqual(missing);
    });

    test('the role is the one of now, and a former member’s token is dead, also after a new membership', async () => {
      const session = await openSession(auth);
      const id = await organisationOf(session);
      const { prisma } = auth.context.database;
      const { body } = await callAs(auth, session, 'POST', SELECT, { tenant_id: id });
      const token = String(body['access_token']);
      const key = { organisationId_userId: { organisationId: id, userId: session.userId } };
      await prisma.membership.update({ where: key, data: { role: 'viewer' } });
      expect((await introspect(auth, token)).body).toMatchObject({ organisation: { role: 'viewer' } });
      await prisma.membership.update({ where: key, data: { status: 'disabled' } });
      expect((await introspect(auth, token)).headers.get('x-inactive-reason')).toBe('membership_ended');
      await prisma.membership.delete({ where: key });
      await prisma.membership.create({
        data: { id: randomUUID(), organisationId: id, userId: session.userId, role: 'owner' },
      });
      const again = await introspect(auth, token);
      expect([again.body, again.headers.get('x-inactive-reason')]).toEqual([{ active: false }, 'membership_ended']);
      expect((await introspect(auth, session.response.access_token)).body).toMatchObject({ active: true });
    });

    test('a suspended organisation is listed, not selected, and its tokens come back with it', async () => {
      const session = await openSession(auth);
      const id = await organisationOf(session);
      const { prisma } = auth.context.database;
      const { body } = await callAs(auth, session, 'POST', SELECT, { tenant_id: id });
      const token = String(body['access_token']);
      await prisma.organisation.update({ where: { id }, data: { status: 'suspended', suspendedAt: new Date() } });
      const refused = await callAs(auth, session, 'POST', SELECT, { tenant_id: id });
      expect([refused.status, refused.body['code']]).toEqual([403, 'tenant.suspended']);
      expect((await callAs(auth, session, 'GET', TENANTS)).body).toMatchObject({
        items: [{ id, status: 'suspended' }],
      });
      expect((await introspect(auth, token)).headers.get('x-inactive-reason')).toBe('tenant_suspended');
      await prisma.organisation.update({ where: { id }, data: { status: 'active', suspendedAt: null } });
      expect((await introspect(auth, token)).body).toMatchObject({ active: true });
    });
  });
}
