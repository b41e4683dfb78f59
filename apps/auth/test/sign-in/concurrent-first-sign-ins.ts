import { randomInt, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '@turnpike/service-kit';
import { decodeAccessToken } from '../decode.ts';
import {
  asService,
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

export function concurrentFirstSignInsTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let providers: StandInProviders;
  let auth: AuthInstance;
  let gate: Gate;

  /** Stands before the users service: lets requests for a new user through only when so many of them wait, or refuses them. */
  class Gate {
    readonly #server: Server;
    readonly keys: string[] = [];
    #together = 1;
    #waiting: (() => void)[] = [];
    #down = false;

    constructor(target: string) {
      this.#server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          void this.#pass(
            target,
            request.method ?? 'GET',
            request.url ?? '/',
            request.headers,
            Buffer.concat(chunks),
          ).then(({ status, text }) => {
            response.writeHead(status, { 'content-type': 'application/json' }).end(text);
          });
        });
      });
    }

    listen(): Promise<string> {
      return listen(this.#server, 0, '127.0.0.1');
    }

    /** From now on requests for a user pass when so many wait for it. */
    together(count: number): void {
      this.#together = count;
      this.#down = false;
      this.keys.length = 0;
    }

    down(): void {
      this.#down = true;
    }

    close(): Promise<void> {
      return closeServer(this.#server, 100);
    }

    async #pass(target: string, method: string, path: string, headers: NodeJS.Dict<string | string[]>, body: Buffer) {
      if (path === '/internal/users/find-or-create') {
        if (this.#down) return { status: 503, text: '{"code":"service.unavailable","detail":"down"}' };
        this.keys.push((JSON.parse(body.toString()) as { external_key: string }).external_key);
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
          if (this.#waiting.length < this.#together) return;
          for (const pass of this.#waiting.splice(0)) pass();
          this.#together = 1;
        });
      }
      const { 'content-type': type, 'x-service-key': key } = headers;
      const answer = await fetch(target + path, {
        method,
        headers: { 'content-type': String(type ?? 'application/json'), 'x-service-key': String(key) },
        ...(body.length > 0 && { body }),
      });
      return { status: answer.status, text: await answer.text() };
    }
  }

  beforeAll(async () => {
    stores = await createStores();
    [users, providers] = await Promise.all([startUsers(stores), startProviders()]);
    gate = new Gate(users.url);
    auth = await startAuth(stores, { ...providers.env, USERS_URL: await gate.listen() });
  });

  afterAll(async () => {
    await auth.close();
    await gate.close();
    await users.stop();
    await providers.close();
    await stores.database.drop();
  });

  let email: string;

  beforeEach(() => {
    email = `${randomUUID()}@example.com`;
    gate.together(1);
    providers.apple.person = { sub: randomUUID(), email, email_verified: 'true' };
    providers.google.person = { sub: randomUUID(), email: email.toUpperCase(), email_verified: true };
    providers.github.person = {
      id: randomInt(1, 2 ** 40),
      login: 'ada',
      emails: [{ email, primary: true, verified: true }],
    };
  });

  const apple = (claims: object = {}) =>
    call(auth, 'POST', '/api/v1/auth/apple', { body: { identity_token: providers.apple.sign({ ...claims }) } });
  const google = (claims: object = {}) =>
    call(auth, 'POST', '/api/v1/auth/google', { body: { id_token: providers.google.sign({ ...claims }) } });
  const github = () =>
    call(auth, 'POST', '/api/v1/auth/github', { body: { access_token: providers.github.issueToken() } });

  function userOf(answer: Answer): string {
    expect(answer).toMatchObject({ status: 200 });
    return decodeAccessToken(String(answer.body['access_token'])).payload.sub;
  }

  const identitiesOf = async (userId: string) => {
    const rows = await auth.context.database.query<{ provider: string }>(
      'SELECT provider FROM identity WHERE user_id = $1::uuid ORDER BY provider',
      userId,
    );
    return rows.map(({ provider }) => provider);
  };
  const underWay = async (address: string) =>
    (await auth.context.database.query('SELECT 1 AS row FROM first_sign_in WHERE address = $1', address)).length;

  describe('first sign-ins at one moment, with one verified address', () => {
    test('two providers: one account with both identities, and the users service makes one user', async () => {
      gate.together(2);
      const found = (await Promise.all([google(), apple()])).map(userOf);
      expect(new Set(found).size).toBe(1);
      expect(await identitiesOf(found[0] ?? '')).toEqual(['apple', 'google']);
      expect([gate.keys.length, new Set(gate.keys).size]).toEqual([2, 1]);
      expect([userOf(await apple()), userOf(await google())]).toEqual([found[0], found[0]]);
      expect(await underWay(email)).toBe(0);
      const events = await auth.context.database.query(
        "SELECT method FROM audit_event WHERE user_id = $1::uuid AND action = 'identity.linked'",
        found[0],
      );
      expect(events).toHaveLength(1);
    });

    test('three providers, each several times: one account with three identities', async () => {
      gate.together(9);
      const found = (
        await Promise.all([google(), apple(), github(), google(), apple(), github(), google(), apple(), github()])
      ).map(userOf);
      expect(new Set(found).size).toBe(1);
      expect(await identitiesOf(found[0] ?? '')).toEqual(['apple', 'github', 'google']);
    });

    test('an unverified one stays apart: it neither captures the verified owner nor gets in', async () => {
      gate.together(2);
      const [squatter, owner] = (await Promise.all([apple({ email_verified: 'false' }), google()])).map(userOf);
      expect(squatter).not.toBe(owner);
      expect(await identitiesOf(owner ?? '')).toEqual(['google']);
    });

    test('two identities of one provider stay two accounts', async () => {
      gate.together(2);
      const found = (await Promise.all([google(), google({ sub: randomUUID() })])).map(userOf);
      expect(new Set(found).size).toBe(2);
    });

    test('two of one provider beside another provider: the account takes one of them', async () => {
      gate.together(3);
      const heir = randomUUID();
      const [first, second, third] = (await Promise.all([google(), apple(), apple({ sub: heir })])).map(userOf);
      expect([second, third]).toContain(first);
      expect(second).not.toBe(third);
      expect(userOf(await apple({ sub: heir }))).toBe(third);
    });
  });

  test('a first sign-in that an outage cut off does not keep the next provider out, and both end in one account', async () => {
    gate.down();
    expect((await google()).status).toBe(503);
    gate.together(1);
    const user = userOf(await apple());
    expect(userOf(await google())).toBe(user);
    expect(await identitiesOf(user)).toEqual(['apple', 'google']);
  });

  test('what a crash left behind counts for a minute only', async () => {
    gate.down();
    expect((await google()).status).toBe(503);
    await auth.context.database.query(
      "UPDATE first_sign_in SET expires_at = now() - interval '1 second' WHERE address = $1",
      email,
    );
    gate.together(1);
    userOf(await apple());
    expect(gate.keys).toEqual([`apple:${String(providers.apple.person.sub)}`]);
  });

  test('an erasure takes the note of a first sign-in along', async () => {
    gate.down();
    expect((await google()).status).toBe(503);
    gate.together(1);
    const user = userOf(await apple());
    expect(await underWay(email)).toBe(1);
    const erasure = { user_id: user, receipt_id: randomUUID() };
    expect((await call(auth, 'POST', '/internal/auth/erasures', { headers: asService, body: erasure })).status).toBe(
      200,
    );
    expect(await underWay(email)).toBe(0);
  });
}
