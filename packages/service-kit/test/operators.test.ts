import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { ADMIN_KEY, startFixture, USER_ID, vouchedFor } from './fixture-app.ts';

/** A route for operators takes a person's session or an operator's key; a service depends on no edge for that. */

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const PATH = '/operated';
const send = (method: string, headers: Readonly<Record<string, string>>) =>
  fetch(fixture.url + PATH, { method, headers });
const session = (method: string, more: Readonly<Record<string, string>>) => ({
  ...vouchedFor(USER_ID, method, PATH),
  [HEADER.gatewaySessionId]: USER_ID,
  ...more,
});

test.each([
  ['viewer', 'GET', 200],
  ['support', 'GET', 200],
  ['viewer', 'PUT', 403],
  ['support', 'PUT', 403],
  ['admin', 'PUT', 200],
  ['viewer', 'PATCH', 403],
  ['support', 'PATCH', 200],
  ['admin', 'PATCH', 200],
])('an operator with the role %s may %s: %i', async (role, method, status) => {
  const answer = await send(method, session(method, { [HEADER.gatewayOperator]: role }));
  expect(answer.status).toBe(status);
  if (status === 200) expect(await answer.json()).toEqual({ user_id: USER_ID });
});

test.each<[string, Record<string, string>, number]>([
  ['a person who is none', session('PUT', {}), 403],
  ['an API key', session('PUT', { [HEADER.gatewayOperator]: 'admin', [HEADER.gatewaySessionId]: '' }), 403],
  [
    'the account that everybody shares',
    session('PUT', { [HEADER.gatewayOperator]: 'admin', [HEADER.gatewayShared]: 'true' }),
    403,
  ],
  ['a role without a signature', { [HEADER.gatewayOperator]: 'admin' }, 403],
  ['a wrong operator key', { [HEADER.adminKey]: 'wrong' }, 403],
  [
    'a wrong operator key beside a session',
    session('PUT', { [HEADER.gatewayOperator]: 'admin', [HEADER.adminKey]: 'x' }),
    403,
  ],
])('%s is refused', async (_who, headers, status) => {
  expect((await send('PUT', headers)).status).toBe(status);
});

test('a machine acts with its key, as nobody', async () => {
  const answer = await send('PUT', { [HEADER.adminKey]: ADMIN_KEY });
  expect([answer.status, await answer.json()]).toEqual([200, { user_id: null }]);
});
