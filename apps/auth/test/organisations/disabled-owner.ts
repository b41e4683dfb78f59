import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startAuthAndUsers, type AuthAndUsers } from '../auth-and-users.ts';
import { decodeAccessToken } from '../decode.ts';
import { asOperator, asService, asUser, call, introspect, startUsers, type Answer } from '../harness.ts';

/** An operator disables a person who owns organisations: users asks auth first. Both are real. */
export function disabledOwnerTests(): void {
  let stage: AuthAndUsers;
  let stores: AuthAndUsers['stores'];
  let users: AuthAndUsers['users'];
  let auth: AuthAndUsers['auth'];
  beforeAll(async () => {
    stage = await startAuthAndUsers();
    ({ auth, stores, users } = stage);
  });
  afterAll(() => stage.stop());

  interface Person {
    readonly id: string;
    readonly token: string;
    readonly sid: string;
  }

  async function person(): Promise<Person> {
    const body = { email: `${randomUUID()}@example.com` };
    const signedIn = await call(auth, 'POST', '/api/v1/auth/dev/token', { headers: asOperator, body });
    const token = String(signedIn.body['access_token']);
    const { sub, sid } = decodeAccessToken(token).payload;
    return { id: sub, token, sid };
  }

  async function organisationOf({ id, sid }: Person): Promise<string> {
    const path = '/platform/api/global/tenants';
    const made = await call(auth, 'POST', path, { headers: asUser('POST', path, id, sid), body: { name: 'Acme' } });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  }

  const join = (organisationId: string, { id }: Person, role: string) =>
    stores.database.query('INSERT INTO membership (id, organisation_id, user_id, role) VALUES ($1, $2, $3, $4)', [
      randomUUID(),
      organisationId,
      id,
      role,
    ]);
  const setStatus = ({ id }: Person, status: string): Promise<Answer> =>
    call(users, 'PUT', `/api/v1/users/admin/${id}/status`, { headers: asOperator, body: { status } });
  const isActive = async ({ token }: Person): Promise<boolean> =>
    (await introspect(auth, token)).body['active'] === true;

  test('the only active owner of one with other members: 409, and nothing of the person has ended (E2)', async () => {
    const [owner, member] = [await person(), await person()];
    await join(await organisationOf(owner), member, 'admin');
    const refused = await setStatus(owner, 'disabled');
    expect([refused.status, refused.body['code']]).toEqual([409, 'tenant.last_owner']);
    expect(await isActive(owner)).toBe(true);
    expect((await call(users, 'GET', `/api/v1/users/admin/${owner.id}`, { headers: asOperator })).body).toMatchObject({
      status: 'active',
    });
  });

  test('of two owners one can be disabled, and then the other cannot; back again, either can', async () => {
    const [owner, other, member] = [await person(), await person(), await person()];
    const id = await organisationOf(owner);
    await join(id, other, 'owner');
    await join(id, member, 'viewer');
    const answers = await Promise.all([setStatus(owner, 'disabled'), setStatus(other, 'disabled')]);
    expect(answers.map(({ status }) => status).toSorted((one, two) => one - two)).toEqual([200, 409]);
    const [disabled, left] = answers[0]?.status === 200 ? [owner, other] : [other, owner];
    expect([await isActive(disabled), await isActive(left)]).toEqual([false, true]);
    expect((await setStatus(disabled, 'active')).status).toBe(200);
    // The news of it has to reach auth before the other is disabled.
    await waitFor(async () => (await setStatus(left, 'disabled')).status === 200);
  });

  test('alone in it: it can be done, and the organisation waits', async () => {
    const owner = await person();
    const id = await organisationOf(owner);
    expect((await setStatus(owner, 'disabled')).status).toBe(200);
    expect(await isActive(owner)).toBe(false);
    const organisation = await call(auth, 'GET', `/internal/auth/organisations/${id}`, { headers: asService });
    expect(organisation.body).toEqual({ id, status: 'active', owner_id: owner.id });
  });

  test('while auth does not answer it is 503, and the person stays as they are', async () => {
    const deaf = await startUsers(stores);
    try {
      const made = await call(deaf, 'POST', '/api/v1/users/resolve', {
        headers: asService,
        body: { external_id: randomUUID() },
      });
      const path = `/api/v1/users/admin/${String(made.body['user_id'])}`;
      const refused = await call(deaf, 'PUT', `${path}/status`, { headers: asOperator, body: { status: 'disabled' } });
      expect([refused.status, refused.body['code']]).toEqual([503, 'service.unavailable']);
      expect((await call(deaf, 'GET', path, { headers: asOperator })).body).toMatchObject({ status: 'active' });
    } finally {
      await deaf.stop();
    }
  });
}
