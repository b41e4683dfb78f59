import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { openClient, waitFor } from '@turnpike/test-kit';
import { KEYS } from '../support/keys.ts';
import { openOrganisation } from '../support/organisation.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

const AUTH_CLI = fileURLToPath(new URL('../../../auth/src/cli.ts', import.meta.url));
const TENANTS = '/platform/api/admin/tenants';
const USERS = '/platform/api/admin/users';

/** Operators are people: what the command line gives and takes acts on the token that they hold. */
export function operatorsThroughTheEdge(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  beforeAll(() => {
    stack = shared();
  });

  const operators = (...args: string[]) =>
    promisify(execFile)(process.execPath, [AUTH_CLI, 'operators', ...args], {
      env: { PATH: process.env['PATH'], ...stack.databases.auth.env },
    });
  const read = ({ token }: SignedIn, path = TENANTS) => stack.send(path, { token });
  const becomes = (user: SignedIn, status: number) => waitFor(async () => (await read(user)).status === status);

  async function organisation(owner: SignedIn): Promise<string> {
    const made = await stack.send('/platform/api/global/tenants', {
      method: 'POST',
      token: owner.token,
      json: { name: 'Acme' },
    });
    return String(made.body['id']);
  }
  const suspend = ({ token }: SignedIn, id: string, reason?: string) =>
    stack.send(`${TENANTS}/${id}/status`, { method: 'PUT', token, json: { status: 'suspended', reason } });

  test('a role that is granted and revoked acts on an open session, without another token', async () => {
    const person = await stack.signIn();
    const id = await organisation(await stack.signIn());
    const stranger = await read(person);
    expect([stranger.status, stranger.body['code']]).toEqual([403, 'auth.forbidden']);
    await operators('grant', person.userId, '--role', 'viewer');
    await becomes(person, 200);
    expect((await read(person, USERS)).status).toBe(200);
    expect((await suspend(person, id, 'abuse')).status).toBe(403);
    await operators('grant', person.userId, '--role', 'admin');
    await waitFor(async () => (await suspend(person, id, 'abuse')).status === 200);
    await operators('revoke', person.userId);
    await becomes(person, 403);
    expect((await suspend(person, id, 'abuse')).status).toBe(403);
  });

  test('to act takes a session of the last 12 hours; to read does not', async () => {
    const person = await stack.signIn();
    const id = await organisation(await stack.signIn());
    await operators('grant', person.userId, '--role', 'admin');
    const database = await openClient({ connectionString: stack.databases.auth.url });
    await database.query(`UPDATE session SET created_at = now() - interval '13 hours' WHERE user_id = $1`, [
      person.userId,
    ]);
    await database.end();
    await becomes(person, 200);
    const refused = await suspend(person, id, 'abuse');
    expect([refused.status, refused.body['code']]).toEqual([403, 'auth.reauthentication_required']);
    const fresh = await stack.signInAgain(person);
    expect((await suspend(fresh, id, 'abuse')).status).toBe(200);
  });

  test('nothing that a request carries makes an operator', async () => {
    const person = await stack.signIn();
    const id = await organisation(person);
    const { key } = await stack.createKey(person);
    await operators('grant', person.userId, '--role', 'admin');
    // A key of an operator is no operator.
    expect((await stack.send(TENANTS, { headers: { 'X-API-Key': key } })).status).toBe(403);
    const other = await stack.signIn();
    for (const headers of [
      { 'X-Gateway-Operator': 'admin' },
      { X_Gateway_Operator: 'admin' },
      { 'X-Admin-Key': 'wrong' },
      { 'X-Service-Key': KEYS.SERVICE_API_KEY, 'X-User-ID': person.userId },
    ])
      expect((await stack.send(TENANTS, { token: other.token, headers })).status).toBe(403);
    const body = { status: 'suspended', reason: 'abuse', is_platform_admin: true, role: 'admin' };
    const path = `${TENANTS}/${id}/status`;
    expect((await stack.send(path, { method: 'PUT', token: other.token, json: body })).status).toBe(403);
    expect((await stack.send(TENANTS)).status).toBe(401);
    expect((await stack.send(TENANTS, { headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY } })).status).toBe(200);
  });

  test('what is refused here counts among these routes, and uses up nothing that the organisation may call', async () => {
    const { token, owner } = await openOrganisation(stack);
    const refusals: [string, string, string][] = [
      [TENANTS, token, 'auth.forbidden'],
      ['/platform/api/service/info', owner.token, 'tenant.not_selected'],
    ];
    for (const [path, credential, code] of refusals) {
      const refused = await stack.send(path, { token: credential });
      expect([refused.body['code'], refused.headers['ratelimit-policy']]).toEqual([code, '"platform";q=300;w=60']);
    }
    const called = await stack.send('/api/v1/timepoints', { token });
    const first = (name: string, member: RegExp) => Number(member.exec(String(called.headers[name]))?.[1]);
    expect(first('ratelimit', /r=(\d+)/)).toBe(first('ratelimit-policy', /q=(\d+)/) - 1);
  });
}
