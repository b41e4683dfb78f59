import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { authCli } from '../auth-cli.ts';
import { createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { newPerson } from './person.ts';

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

const cli = (...args: string[]) => authCli(stores.env, 'operators', ...args);

test('grant, list and revoke say in words or JSON what they did', async () => {
  const { email, userId } = await newPerson(auth);
  const granted = await cli('grant', email, '--role', 'viewer', '--by', 'root');
  expect([granted.code, granted.stdout]).toEqual([0, `${email} is an operator with the role viewer.\n`]);
  expect((await cli('list')).stdout).toMatch(new RegExp(`^${email} viewer ${userId} since \\S+Z by root\n$`));
  expect(JSON.parse((await cli('list', '--json')).stdout)).toEqual([
    {
      user_id: userId,
      email,
      role: 'viewer',
      granted_at: expect.stringMatching(/Z$/),
      granted_by: 'root',
      last_login_at: expect.anything(),
    },
  ]);
  expect((await cli('revoke', email, '--json')).stdout).toBe(
    `${JSON.stringify({ user_id: userId, email, role: null, changed: true })}\n`,
  );
  const again = await cli('revoke', email);
  expect([again.code, again.stdout]).toEqual([0, `${email} was no operator.\n`]);
});

test('what is refused, mistyped or cannot be reached has an exit code of its own', async () => {
  const stranger = await cli('grant', 'nobody@example.com', '--role', 'admin');
  expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('nobody@example.com')]);
  const mistyped = await cli('grant', 'ada@example.com', '--role', 'owner');
  expect([mistyped.code, mistyped.stderr]).toEqual([
    64,
    expect.stringMatching(/^--role: viewer, support or admin\.\n\nUsage: npx -y pnpm@12 turnpike operators/),
  ]);
  const nowhere = { ...stores.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/postgres' };
  const away = await authCli(nowhere, 'operators', 'list');
  expect([away.code, away.stderr]).toEqual([69, 'The database of auth cannot be reached (DATABASE_URL).\n']);
  expect((await authCli({}, 'operators', 'list')).code).toBe(78);
  const help = await authCli({}, 'operators', '--help');
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('operators grant')]);
});
