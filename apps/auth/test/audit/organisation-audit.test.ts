import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  asService,
  call,
  createStores,
  openSession,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { memberCalls, newMember, newOrganisation } from '../organisations/members-harness.ts';
import { byPerson, newOperator } from '../organisations/operator-calls.ts';

/** What was done in an organisation, for its admins: nothing of another organisation, and nothing of who operates the installation. */

const AUDIT = '/platform/api/service/audit';

let stores: Stores;
let auth: AuthInstance;
beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores, { CREDITS_URL: 'http://127.0.0.1:1' });
});
afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

async function organisation() {
  const owner = await openSession(auth);
  const id = await newOrganisation(auth, owner);
  return { id, owner, as: memberCalls(stores, auth, id) };
}
const itemsOf = ({ body }: Answer) => body['items'] as Readonly<Record<string, unknown>>[];

test('admins read it newest first, in pages, and by action', async () => {
  const { id, owner, as } = await organisation();
  const email = `${randomUUID()}@example.com`;
  const { prisma } = auth.context.database;
  await prisma.identity.create({
    data: { id: randomUUID(), userId: owner.userId, provider: 'email', subject: email, email, emailVerified: true },
  });
  const member = await newMember(auth, id, 'member');
  await as(owner, 'owner', 'PATCH', `/platform/api/service/members/${member.userId}`, { role: 'admin' });
  const answer = await as(member, 'admin', 'GET', AUDIT);
  expect(answer.body).toMatchObject({ total: 2, limit: 50, offset: 0 });
  expect(itemsOf(answer)).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      at: expect.stringMatching(/Z$/),
      action: 'member.update',
      actor: 'user',
      user_id: owner.userId,
      email,
      detail: { member_id: member.userId, role: 'admin', status: 'active' },
    },
    expect.objectContaining({ action: 'organisation.create', user_id: owner.userId, email }),
  ]);
  expect(itemsOf(await as(owner, 'owner', 'GET', `${AUDIT}?limit=1&offset=1`))).toMatchObject([
    { action: 'organisation.create' },
  ]);
  expect((await as(owner, 'owner', 'GET', `${AUDIT}?action=member.update`)).body).toMatchObject({ total: 1 });
});

test.each(['viewer', 'member'] as const)('a %s is refused', async (role) => {
  const { id, as } = await organisation();
  const reader = await newMember(auth, id, role);
  const answer = await as(reader, role, 'GET', AUDIT);
  expect([answer.status, answer.body['code']]).toEqual([403, 'tenant.role_insufficient']);
});

test.each(['action=Nothing', 'limit=101', 'offset=-1'])('%s is refused', async (query) => {
  const { owner, as } = await organisation();
  expect((await as(owner, 'owner', 'GET', `${AUDIT}?${query}`)).status).toBe(422);
});

test('it holds nothing of another organisation, nor of its people’s own accounts', async () => {
  const [mine, other] = [await organisation(), await organisation()];
  const member = await newMember(auth, other.id, 'viewer');
  await other.as(other.owner, 'owner', 'DELETE', `/platform/api/service/members/${member.userId}`);
  const actions = itemsOf(await mine.as(mine.owner, 'owner', 'GET', AUDIT)).map(({ action }) => action);
  expect(actions).toEqual(['organisation.create']);
});

test('it says that an operator acted, and neither who nor why', async () => {
  const { id, owner, as } = await organisation();
  const operator = await newOperator(auth);
  const path = `/platform/api/admin/tenants/${id}/status`;
  for (const status of ['suspended', 'active'])
    await byPerson(auth, operator, 'PUT', path, { status, reason: 'a matter between operators' });
  const answer = await as(owner, 'owner', 'GET', AUDIT);
  expect(itemsOf(answer).slice(0, 2)).toMatchObject([
    { action: 'organisation.restore', actor: 'operator', user_id: null, email: null, detail: { was: 'suspended' } },
    { action: 'organisation.suspend', actor: 'operator', user_id: null, email: null, detail: { was: 'active' } },
  ]);
  expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`${operator.userId}|a matter between operators`));
});

test('is handed on to be archived, oldest first, by ranges: without addresses, and without which operator acted', async () => {
  const markOf = async () =>
    (await call(auth, 'GET', '/internal/auth/audit/mark', { headers: asService })).body['last_id'] as string;
  const before = await markOf();
  const { id, owner, as } = await organisation();
  const operator = await newOperator(auth);
  const status = `/platform/api/admin/tenants/${id}/status`;
  const suspend = { status: 'suspended', reason: 'abuse' };
  expect((await byPerson(auth, operator, 'PUT', status, suspend)).status).toBe(200);
  const until = await markOf();
  expect((await byPerson(auth, operator, 'PUT', status, { status: 'active', reason: 'sorry' })).status).toBe(200);
  await as(owner, 'owner', 'PATCH', '/platform/api/service/info', { name: 'Later' });
  const read = (path: string, range = `after_id=${before}&until_id=${until}`) =>
    call(auth, 'GET', `/internal/auth/${path}?${range}`, { headers: asService });
  const entries = itemsOf(await read(`organisations/${id}/audit`));
  expect(entries.map(({ action, actor, user_id: who }) => [action, actor, who])).toEqual([
    ['organisation.create', 'user', owner.userId],
    [expect.stringMatching(/suspend/), 'operator', null],
  ]);
  expect(JSON.stringify(entries)).not.toMatch(/abuse|address/);
  expect((await read('audit/organisations')).body).toEqual({ items: [id], next_cursor: null });
  expect((await read('audit/organisations', `after_id=${until}&until_id=${until}`)).body).toMatchObject({ items: [] });
  expect((await read(`organisations/${id}/audit`, 'after_id=x&until_id=1')).status).toBe(422);
});
