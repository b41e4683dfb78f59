import { expect } from '@jest/globals';
import type { Role } from '@turnpike/contracts';
import { openClient } from '@turnpike/test-kit';
import { memberHeaders } from '../member.ts';
import { ADMIN_KEY, call, type Answer, type Users } from '../start-users.ts';

export const ONE = '0193a000-0000-7000-8000-000000000001';
export const OTHER = '0193a000-0000-7000-8000-000000000002';
const PERSON = '0193a000-0000-7000-8000-00000000000a';
const PATH = '/platform/api/service/configs';
const ADMIN_PATH = '/platform/api/admin/configs';

interface Asked {
  readonly organisation?: string;
  readonly role?: Role;
  readonly ifMatch?: string;
}

/** Calls of the configuration, as an organisation, an operator and a service send them. */
export function callsOf(users: () => Users) {
  function tenant(method: string, key: string, body?: unknown, asked: Asked = {}): Promise<Answer> {
    const { organisation = ONE, role = 'admin', ifMatch } = asked;
    const path = key === '' || key.startsWith('?') ? PATH + key : `${PATH}/${key}`;
    const headers = memberHeaders(method, path, PERSON, { id: organisation, role });
    return call(users().app.url, method, path, body, {
      ...headers,
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    });
  }
  const operator = (method: string, key: string, body?: unknown, headers = {}) =>
    call(users().app.url, method, key === '' ? ADMIN_PATH : `${ADMIN_PATH}/${key}`, body, {
      'x-admin-key': ADMIN_KEY,
      ...headers,
    });
  async function inside(keys: string, organisation?: string): Promise<unknown[]> {
    const query = organisation === undefined ? '' : `&organisation=${organisation}`;
    const { status, body } = await users().send('GET', `/internal/users/config?keys=${keys}${query}`);
    expect(status).toBe(200);
    return (body as { items: { value: unknown }[] }).items.map(({ value }) => value);
  }
  async function rows(statement: string): Promise<object[]> {
    const client = await openClient({ connectionString: users().database.url });
    const { rows: found } = await client.query<object>(statement);
    await client.end();
    return found;
  }
  return { tenant, operator, inside, rows };
}

export const entryOf = (answer: Answer) => [answer.status, answer.body] as const;
