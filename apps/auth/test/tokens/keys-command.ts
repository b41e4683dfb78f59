import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { publicJwk } from '@turnpike/contracts';
import { authCli } from '../auth-cli.ts';
import {
  call,
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

export function keysCommandTests(): void {
  let stores: Stores;
  let a: AuthInstance;

  beforeEach(async () => {
    stores = await createStores();
    a = await startAuth(stores);
  });

  afterEach(async () => {
    await a.close();
    await stores.database.drop();
  });

  async function publishedKids(instance: AuthInstance): Promise<string[]> {
    const { body } = await call(instance, 'GET', '/.well-known/jwks.json');
    return z
      .object({ keys: z.array(publicJwk) })
      .parse(body)
      .keys.map(({ kid }) => kid);
  }

  describe('the command', () => {
    const cli = (...args: string[]) => authCli(stores.env, ...args);

    test('keys rotate publishes a key that running instances pick up, keys list shows both', async () => {
      const [first] = await publishedKids(a);
      const { stdout, code } = await cli('keys', 'rotate');
      expect(code).toBe(0);
      const kid = /Published (\S+); it signs from/.exec(stdout)?.[1];
      await a.context.keyRing.reload();
      expect(await publishedKids(a)).toEqual([first, kid]);
      const list = (await cli('keys', 'list')).stdout.trim().split('\n');
      expect(list.map((line) => line.split(' ')[0])).toEqual([kid, first]);
    });

    test('keys rotate --urgent signs after a minute', async () => {
      const signsFrom = /signs from (\S+)\./.exec((await cli('keys', 'rotate', '--urgent')).stdout)?.[1];
      const [row] = await a.context.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      const aheadMs = new Date(signsFrom ?? '').getTime() - (row?.now.getTime() ?? 0);
      expect(aheadMs).toBeGreaterThan(0);
      expect(aheadMs).toBeLessThanOrEqual(60_000);
    });

    test('keys revoke refuses the tokens of a leaked key, and sessions go on with a new one', async () => {
      const [leaked] = await publishedKids(a);
      const { response } = await openSession(a);
      expect((await cli('keys', 'revoke', String(leaked))).code).toBe(0);
      await a.context.keyRing.reload();
      expect(await publishedKids(a)).not.toContain(leaked);
      expect((await introspect(a, response.access_token)).body).toEqual({ active: false });
      const { body } = await refresh(a, response.refresh_token);
      expect((await introspect(a, String(body['access_token']))).body['active']).toBe(true);
    });

    test('keys revoke of a key that is not there changes nothing', async () => {
      const { code, stderr } = await cli('keys', 'revoke', 'unknown');
      expect([code, stderr]).toEqual([1, 'There is no signing key unknown.\n']);
      await a.context.keyRing.reload();
      expect(await publishedKids(a)).toHaveLength(1);
    });

    test.each([[['keys', 'destroy']], [['keys', 'rotate', '--now']]])('%j prints the usage', async (args) => {
      const { code, stderr } = await cli(...args);
      expect([code, stderr]).toEqual([64, expect.stringContaining('keys rotate')]);
    });
  });
}
