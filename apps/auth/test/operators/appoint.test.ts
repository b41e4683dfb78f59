import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperatorRole } from '@turnpike/contracts';
import { grantOperator, revokeOperator, type Who } from '../../src/operators/appoint.ts';
import {
  callAs,
  createStores,
  introspect,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { newOrganisation } from '../organisations/members-harness.ts';
import { byPerson } from '../organisations/operator-calls.ts';
import { newPerson } from './person.ts';

/** Operators are people: who may become one, and what a change does to the session that they have. */

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

const grant = (
  who: Who,
  role: OperatorRole,
  { reason, unproven = false }: { reason?: string; unproven?: boolean } = {},
) => grantOperator(auth.context.database, { who, by: 'root', reason }, role, { unproven });
const revoke = (who: Who) => revokeOperator(auth.context.database, { who, by: 'root', reason: undefined });
const trailOf = async (userId: string) => {
  const events = await auth.context.database.prisma.auditEvent.findMany({
    where: { userId, action: { startsWith: 'operator.' } },
    orderBy: { id: 'asc' },
  });
  return events.map(({ action, actor, detail }) => [action, actor, detail]);
};

test('who has proven the address becomes an operator; the open session knows it at once, and the trail for good', async () => {
  const { email, userId, role } = await newPerson(auth);
  expect(await role()).toBeUndefined();
  expect(await grant({ email: email.toUpperCase() }, 'support', { reason: 'on call' })).toEqual({
    userId,
    email,
    changed: true,
  });
  expect(await role()).toBe('support');
  const { prisma } = auth.context.database;
  expect(await prisma.revocation.count({ where: { kind: 'account', targetId: userId } })).toBe(1);
  expect(await grant({ userId }, 'admin')).toMatchObject({ changed: true });
  expect(await role()).toBe('admin');
  expect(await grant({ userId }, 'admin')).toMatchObject({ changed: false });
  expect(await trailOf(userId)).toEqual([
    ['operator.grant', 'operator', { role: 'support', was: 'none', by: 'root', reason: 'on call' }],
    ['operator.grant', 'operator', { role: 'admin', was: 'support', by: 'root' }],
  ]);
});

test('a revocation takes the role from the open session, once', async () => {
  const { email, userId, role } = await newPerson(auth);
  await grant({ email }, 'admin');
  expect(await revoke({ email })).toEqual({ userId, email, changed: true });
  expect(await role()).toBeUndefined();
  expect(await revoke({ email })).toMatchObject({ changed: false });
  expect((await trailOf(userId)).map(([action]) => action)).toEqual(['operator.grant', 'operator.revoke']);
});

test('an account that is deleted takes its role and its name in the trail with it; what was done stays', async () => {
  const operator = await newPerson(auth);
  await grant({ email: operator.email }, 'admin', { reason: 'on call' });
  const id = await newOrganisation(auth, await openSession(auth));
  const act = { status: 'suspended', reason: 'abuse' };
  const done = await byPerson(auth, operator, 'PUT', `/platform/api/admin/tenants/${id}/status`, act);
  expect(done.status).toBe(200);
  expect((await callAs(auth, operator, 'DELETE', '/api/v1/auth/me')).status).toBe(200);
  const { prisma } = auth.context.database;
  expect(await prisma.operator.count({ where: { userId: operator.userId } })).toBe(0);
  const events = await prisma.auditEvent.findMany({ where: { organisationId: id, action: 'organisation.suspend' } });
  expect(events).toMatchObject([{ actor: 'operator', userId: null, address: null, detail: {} }]);
});

describe('nobody becomes an operator', () => {
  test('by an address that nobody has proven, where addresses are proven; the id says which account is meant', async () => {
    const { email, userId, role } = await newPerson(auth, 'email', false);
    await expect(grant({ email }, 'admin')).rejects.toThrow(`Nobody has proven to own ${email}.`);
    expect(await role()).toBeUndefined();
    await grant({ userId }, 'viewer');
    await grant({ email }, 'support', { unproven: true });
    expect(await role()).toBe('support');
  });

  test('by the address of a development token, unless addresses need no proof', async () => {
    const { email, role } = await newPerson(auth, 'dev', false);
    await expect(grant({ email }, 'admin')).rejects.toThrow('Nobody has proven');
    await grant({ email }, 'admin', { unproven: true });
    expect(await role()).toBe('admin');
  });

  test('without an account that is active and their own', async () => {
    await expect(grant({ email: 'nobody@example.com' }, 'admin')).rejects.toThrow(
      'There is no account of nobody@example.com: sign in once.',
    );
    await expect(grant({ userId: randomUUID() }, 'admin')).rejects.toThrow('There is no account');
    const { prisma } = auth.context.database;
    const disabled = await newPerson(auth);
    await prisma.account.update({ where: { userId: disabled.userId }, data: { status: 'disabled' } });
    await expect(grant({ email: disabled.email }, 'admin')).rejects.toThrow('is disabled');
    const demo = await newPerson(auth, 'demo', false);
    await expect(grant({ userId: demo.userId }, 'admin')).rejects.toThrow('Everybody shares this account');
    expect(await prisma.operator.count({ where: { userId: { in: [disabled.userId, demo.userId] } } })).toBe(0);
  });

  test('by a session of the shared account, whatever the table says', async () => {
    const { userId } = await newPerson(auth, 'demo', false);
    await auth.context.database.prisma.operator.create({ data: { userId, role: 'admin', grantedBy: 'test' } });
    const { response } = await auth.context.sessions.open({ userId, method: 'demo', client: {} });
    const { body } = await introspect(auth, response.access_token);
    expect([body['shared'], body['platform_admin']]).toEqual([true, undefined]);
  });
});
