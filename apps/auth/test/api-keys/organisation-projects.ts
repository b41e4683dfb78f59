import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { dataOf, expectActive, expectInactive } from '../account-harness.ts';
import { asUser, call, createStores, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { memberCalls, newMember, newOrganisation, type Session } from '../organisations/members-harness.ts';

/** The Account API's projects and keys with the token of an organisation. */
export function organisationProjectsTests(): void {
  const PROJECTS = '/auth/projects';
  const KEYS = '/auth/api-keys';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  async function organisation() {
    const owner = await openSession(auth);
    const id = await newOrganisation(auth, owner);
    return { id, owner, in: memberCalls(stores, auth, id), inTest: memberCalls(stores, auth, id, 'test') };
  }
  type Within = ReturnType<typeof memberCalls>;
  const projectsOf = async (as: Within, session: Session) =>
    (dataOf(await as(session, 'owner', 'GET', PROJECTS))['items'] as { id: string; name: string }[]).map(
      ({ id }) => id,
    );
  const personal = (session: Session, method: string, path: string, projectId: string, body?: object) =>
    call(auth, method, path, {
      headers: { ...asUser(method, path, session.userId, session.sessionId), [HEADER.projectId]: projectId },
      ...(body === undefined ? {} : { body }),
    });

  describe('projects of an organisation', () => {
    test('are those of its environment; each begins with one, which stays', async () => {
      const { owner, in: as, inTest } = await organisation();
      const [first = ''] = await projectsOf(as, owner);
      const made = await as(owner, 'owner', 'POST', PROJECTS, { name: 'Maps' });
      expect(made.status).toBe(201);
      const second = String(dataOf(made)['id']);
      expect(await projectsOf(as, owner)).toEqual([first, second]);
      expect(await projectsOf(inTest, owner)).toHaveLength(1);
      const renamed = await as(owner, 'owner', 'PATCH', `${PROJECTS}/${second}`, { name: 'Atlas' });
      expect(dataOf(renamed)).toMatchObject({ id: second, name: 'Atlas' });
      const deleted = await as(owner, 'owner', 'DELETE', `${PROJECTS}/${first}`);
      expect(dataOf(deleted)).toMatchObject({ id: first, keys_deactivated: 0 });
      expect((await as(owner, 'owner', 'DELETE', `${PROJECTS}/${second}`)).status).toBe(409);
      expect(await projectsOf(as, owner)).toEqual([second]);
    });

    test('are nobody’s else: 404 from another organisation, the other environment, and the person alone', async () => {
      const { owner, in: as, inTest } = await organisation();
      const other = await organisation();
      const [id = ''] = await projectsOf(as, owner);
      for (const send of [inTest, other.in]) {
        const session = send === inTest ? owner : other.owner;
        for (const [method, body] of [['PATCH', { name: 'x' }], ['DELETE']] as const)
          expect((await send(session, 'owner', method, `${PROJECTS}/${id}`, body)).status).toBe(404);
      }
      expect((await personal(owner, 'PATCH', `${PROJECTS}/${id}`, id, { name: 'x' })).status).toBe(404);
      expect((await personal(owner, 'POST', KEYS, id, { name: 'k' })).status).toBe(404);
      expect((await personal(owner, 'GET', KEYS, id)).status).toBe(404);
    });

    test('may be read by members and written by admins', async () => {
      const { id, in: as } = await organisation();
      for (const role of ['viewer', 'member', 'admin'] as const) {
        const member = await newMember(auth, id, role);
        const outcomes = [
          await as(member, role, 'GET', PROJECTS),
          await as(member, role, 'POST', PROJECTS, { name: role }),
        ].map(({ status }) => status);
        expect([role, ...outcomes]).toEqual([role, role === 'viewer' ? 403 : 200, role === 'admin' ? 201 : 403]);
      }
    });

    test('are at most as many as a person may have, however many are made at once', async () => {
      const { owner, in: as } = await organisation();
      const max = auth.context.config.PROJECTS_PER_USER;
      const { prisma } = auth.context.database;
      const [first = ''] = await projectsOf(as, owner);
      const { organisationId, environment } = await prisma.project.findUniqueOrThrow({ where: { id: first } });
      await prisma.project.createMany({
        data: Array.from({ length: max - 3 }, () => ({
          id: crypto.randomUUID(),
          name: 'p',
          organisationId,
          environment,
        })),
      });
      const made = await Promise.all(
        Array.from({ length: 6 }, () => as(owner, 'owner', 'POST', PROJECTS, { name: 'one more' })),
      );
      expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409, 409, 409]);
    });
  });

  describe('keys of such a project', () => {
    async function withKey() {
      const { id, owner, in: as, inTest } = await organisation();
      const [projectId = ''] = await projectsOf(as, owner);
      const send = (session: Session, method: string, path: string, body?: unknown) =>
        as(session, 'owner', method, path, body, { [HEADER.projectId]: projectId });
      const made = await send(owner, 'POST', KEYS, { name: 'server' });
      expect(made.status).toBe(201);
      const { id: keyId, full_key: text } = dataOf(made);
      return { id, owner, projectId, send, inTest, keyId: String(keyId), text: String(text) };
    }

    test('are spelled sk_, act for the organisation, and are listed, rotated and ended there', async () => {
      const { id, owner, send, keyId, text } = await withKey();
      expect(text).toMatch(/^sk_prod_/);
      expect(await expectActive(auth, text)).toMatchObject({ organisation: { id, env: 'prod' }, sub: owner.userId });
      const rotated = await send(owner, 'POST', `${KEYS}/${keyId}/rotate`, {});
      expect(rotated.status).toBe(201);
      await expectInactive(auth, text, 'key_revoked');
      const successor = dataOf(rotated);
      expect(await expectActive(auth, String(successor['full_key']))).toMatchObject({
        organisation: { id, env: 'prod' },
      });
      const ended = await send(owner, 'DELETE', `${KEYS}/${String(successor['id'])}`);
      expect(ended.status).toBe(200);
      await expectInactive(auth, String(successor['full_key']), 'key_revoked');
      expect(dataOf(await send(owner, 'GET', KEYS))['items']).toHaveLength(2);
    });

    test('cannot be rotated or ended by the person alone, nor in the other environment', async () => {
      const { owner, projectId, inTest, keyId, text } = await withKey();
      for (const [method, path] of [
        ['POST', `${KEYS}/${keyId}/rotate`],
        ['DELETE', `${KEYS}/${keyId}`],
      ] as const) {
        expect((await personal(owner, method, path, projectId)).status).toBe(404);
        const other = await inTest(owner, 'owner', method, path, undefined, { [HEADER.projectId]: projectId });
        expect(other.status).toBe(404);
      }
      await expectActive(auth, text);
    });

    test('carry their constraints over to the key that replaces them', async () => {
      const { owner, send, keyId } = await withKey();
      const managed = `/trueportai-services/api/v1/keys/${keyId}`;
      await send(owner, 'PATCH', managed, { allowed_ips: ['203.0.113.7'], metadata: { team: 'ops' } });
      const rotated = await send(owner, 'POST', `${KEYS}/${keyId}/rotate`, {});
      expect(await expectActive(auth, String(dataOf(rotated)['full_key']))).toMatchObject({
        constraints: { allowed_ips: ['203.0.113.7'] },
      });
    });
  });
}
