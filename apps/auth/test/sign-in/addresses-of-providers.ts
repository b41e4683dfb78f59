import { randomInt, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '@turnpike/service-kit';
import { decodeAccessToken } from '../decode.ts';
import { asUser, call, startAuth, type Answer, type AuthInstance } from '../harness.ts';
import { startProviderStage, type ProviderStage } from '../provider-stage.ts';

export function addressesOfProvidersTests(): void {
  let stage: ProviderStage;
  let stores: ProviderStage['stores'];
  let providers: ProviderStage['providers'];
  let auth: ProviderStage['auth'];

  beforeAll(async () => {
    stage = await startProviderStage();
    ({ auth, providers, stores } = stage);
  });
  afterAll(() => stage.stop());

  beforeEach(() => {
    providers.apple.person = { sub: randomUUID(), email_verified: 'true' };
    providers.google.person = { sub: randomUUID(), email_verified: true };
  });

  /** A sign-in with each provider, whose address is vouched for. */
  const SIGN_INS: Readonly<Record<string, (email: unknown, instance?: AuthInstance) => Promise<Answer>>> = {
    apple: (email, instance = auth) =>
      call(instance, 'POST', '/api/v1/auth/apple', { body: { identity_token: providers.apple.sign({ email }) } }),
    google: (email, instance = auth) =>
      call(instance, 'POST', '/api/v1/auth/google', { body: { id_token: providers.google.sign({ email }) } }),
    github: (email, instance = auth) => {
      const emails = [{ email: String(email), primary: true, verified: true }];
      const person = { id: randomInt(1, 2 ** 40), login: 'x', emails };
      return call(instance, 'POST', '/api/v1/auth/github', {
        body: { access_token: providers.github.issueToken(person) },
      });
    },
  };

  async function readAs(tokens: Answer, path: string): Promise<Answer> {
    expect(tokens).toMatchObject({ status: 200 });
    const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
    return call(auth, 'GET', path, { headers: asUser('GET', path, sub, sid) });
  }

  describe.each(Object.entries(SIGN_INS))('%s', (_provider, signIn) => {
    test.each([
      'u@xn--e1afmkfd.xn--p1ai',
      'u@münchen.de',
      'u@пример.рф',
      'r&d@example.com',
      "o'brien=tag@example.com",
      'zoë@example.com',
    ])('%s signs in, and is the address of the profile', async (email) => {
      const tokens = await signIn(email);
      expect((await readAs(tokens, '/api/v1/auth/me')).body).toMatchObject({ email });
      expect((await readAs(tokens, '/auth/users/me')).body).toMatchObject({ data: { email, is_verified: true } });
    });

    test.each([
      '"a b"@example.com',
      '"eve@evil.example"@example.com',
      'a..b@example.com',
      'abc.@example.com',
      'root@localhost',
      'ada@[10.0.0.1]',
      'ada@example.com, eve@evil.example',
      'ada@example.com\n',
      `${'a'.repeat(260)}@example.com`,
      'ada\u200b@example.com',
      'no address',
    ])('%j cannot be kept and counts as none; its owner signs in all the same', async (email) => {
      const tokens = await signIn(email);
      expect((await readAs(tokens, '/api/v1/auth/me')).body).toMatchObject({ email: null });
      expect((await readAs(tokens, '/auth/users/me')).body).toMatchObject({
        data: { email: null, is_verified: false },
      });
    });
  });

  describe('a users service that refuses what auth sends it', () => {
    let refusing: Server;
    let instance: AuthInstance;
    let answer: { readonly status: number; readonly code: string };

    beforeEach(async () => {
      refusing = createServer((request, response) => {
        request.resume();
        response.writeHead(answer.status, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ code: answer.code, detail: 'body.email: no', errors: [{ path: 'body.email' }] }));
      });
      const url = await listen(refusing, 0, '127.0.0.1');
      instance = await startAuth(stores, { ...providers.env, USERS_URL: url });
    });

    afterEach(async () => {
      await instance.close();
      await closeServer(refusing, 100);
    });

    test.each([
      [422, 'request.invalid'],
      [400, 'request.malformed'],
      [413, 'request.too_large'],
      [403, 'auth.forbidden'],
      [409, 'resource.conflict'],
    ])('with %i %s: a failure of ours, and no word of fields that the client never sent', async (status, code) => {
      answer = { status, code };
      for (const signIn of Object.values(SIGN_INS)) {
        const refused = await signIn('ada@example.com', instance);
        expect([refused.status, refused.body['code']]).toEqual([500, 'service.internal']);
        expect(JSON.stringify(refused.body)).not.toContain('email');
      }
    });
  });
}
