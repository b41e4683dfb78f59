import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataOf, makeKey, signInDeveloper, type Developer } from '../account-harness.ts';
import { decodeAccessToken } from '../decode.ts';
import {
  asOperator,
  asService,
  asUser,
  call,
  createStores,
  startAuth,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import { startProviders, type StandInProviders } from '../stand-ins/index.ts';

export function namesAreOneVisibleLineTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let providers: StandInProviders;
  let auth: AuthInstance;
  let developer: Developer;

  beforeAll(async () => {
    stores = await createStores();
    [users, providers] = await Promise.all([startUsers(stores), startProviders()]);
    auth = await startAuth(stores, { ...providers.env, USERS_URL: users.url });
    developer = await signInDeveloper(auth);
  });

  afterAll(async () => {
    await auth.close();
    await users.stop();
    await providers.close();
    await stores.database.drop();
  });

  const BAD = ['\u200b', 'a\r\nb', '\u001b[31mred', '\u202egnp.exe', 'a\u2028b', '\u3164', ' ', ''];
  const COMPOSED = { sent: ' Jose\u0301 ', kept: 'José' };

  const dev = (display_name: string) =>
    call(auth, 'POST', '/api/v1/auth/dev/token', {
      headers: asOperator,
      body: { email: `${randomUUID()}@example.com`, display_name },
    });
  const google = (name: unknown) => {
    const id_token = providers.google.sign({ sub: randomUUID(), name });
    return call(auth, 'POST', '/api/v1/auth/google', { body: { id_token } });
  };
  const resolve = (display_name: string) =>
    call(users, 'POST', '/api/v1/users/resolve', {
      headers: asService,
      body: { external_id: randomUUID(), display_name },
    });

  async function asBearer(tokens: Answer, method: string, path: string, body?: object): Promise<Answer> {
    expect(tokens.status).toBe(200);
    const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
    return call(auth, method, path, { headers: asUser(method, path, sub, sid), ...(body && { body }) });
  }

  const me = (tokens: Answer) => asBearer(tokens, 'GET', '/api/v1/auth/me');

  describe.each(BAD)('%j', (bad) => {
    test('is no name of a person: 422', async () => {
      const tokens = await dev('Ada');
      expect((await asBearer(tokens, 'PATCH', '/api/v1/auth/me', { display_name: bad })).status).toBe(422);
      expect((await me(tokens)).body['display_name']).toBe('Ada');
      expect((await dev(bad)).status).toBe(422);
      expect((await resolve(bad)).status).toBe(422);
    });

    test('is no name of a project or a key: 422', async () => {
      const path = `/auth/projects/${developer.projectId}`;
      const answers = [
        await developer.send('POST', '/auth/projects/', { body: { name: bad } }),
        await developer.send('PATCH', path, { body: { name: bad } }),
        await developer.send('POST', '/auth/api-keys/', { body: { name: bad } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([422, 422, 422]);
    });

    test('from a provider keeps nobody out, and leaves what can be seen of it', async () => {
      const seen = { 'a\r\nb': 'a b', '\u001b[31mred': '[31mred', '\u202egnp.exe': 'gnp.exe', 'a\u2028b': 'a b' }[bad];
      expect((await me(await google(bad))).body['display_name']).toBe(seen ?? null);
    });
  });

  test('a name is kept in its composed form, everywhere alike', async () => {
    const { sent, kept } = COMPOSED;
    const tokens = await dev(sent);
    expect((await me(tokens)).body['display_name']).toBe(kept);
    const renamed = await asBearer(tokens, 'PATCH', '/api/v1/auth/me', { display_name: sent });
    expect(renamed.body['display_name']).toBe(kept);
    expect((await me(await google(sent))).body['display_name']).toBe(kept);
    const project = await developer.send('POST', '/auth/projects/', { body: { name: sent } });
    expect(dataOf(project)['name']).toBe(kept);
    expect((await makeKey(developer, { name: sent })).data['name']).toBe(kept);
    const person = { id: randomInt(1, 2 ** 40), login: 'ada', name: sent, emails: [] };
    const access_token = providers.github.issueToken(person);
    const github = await call(auth, 'POST', '/api/v1/auth/github', { body: { access_token } });
    expect((await me(github)).body['display_name']).toBe(kept);
  });

  test('a name that was kept before the rule is still shown', async () => {
    const tokens = await dev('Ada');
    const { sub } = decodeAccessToken(String(tokens.body['access_token'])).payload;
    const path = `/internal/users/${sub}`;
    expect((await call(users, 'GET', path, { headers: asService })).status).toBe(200);
    await auth.context.database.query("UPDATE project SET name = E'a\\nb' WHERE user_id = $1::uuid", sub);
    const projects = await asBearer(tokens, 'GET', '/auth/projects');
    expect(projects.body).toMatchObject({ data: { items: [{ name: 'a\nb' }] } });
  });

  describe('/api/v1/auth/me says whether the address is verified', () => {
    test.each([
      [true, true],
      [false, false],
    ])('by the provider: %p', async (email_verified, said) => {
      const email = `${randomUUID()}@example.com`;
      const id_token = providers.google.sign({ sub: randomUUID(), email, email_verified });
      const tokens = await call(auth, 'POST', '/api/v1/auth/google', { body: { id_token } });
      expect((await me(tokens)).body).toMatchObject({ email, email_verified: said });
      expect((await asBearer(tokens, 'GET', '/auth/users/me')).body).toMatchObject({
        data: { email, is_verified: said },
      });
    });

    test('without an address: false', async () => {
      const id_token = providers.google.sign({ sub: randomUUID(), email: undefined });
      const tokens = await call(auth, 'POST', '/api/v1/auth/google', { body: { id_token } });
      expect((await me(tokens)).body).toMatchObject({ email: null, email_verified: false });
    });
  });
}
