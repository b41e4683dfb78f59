import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FindProviderKey } from '../../src/providers/domain/identity-token.ts';
import { createProviderHttp, ProviderOutage, type ProviderHttp } from '../../src/providers/http.ts';
import { createKeySource } from '../../src/providers/key-source.ts';
import { startOpenIdProvider, type OpenIdProvider } from '../stand-ins/openid-provider.ts';

export function providerKeysTests(): void {
  /** One test waits for it; to all others it is what a busy machine may take. */
  const TIMEOUT_MS = 3_000;

  let provider: OpenIdProvider;
  let http: ProviderHttp;
  let findKey: FindProviderKey;
  let clockMs: number;

  beforeEach(async () => {
    provider = await startOpenIdProvider();
    http = createProviderHttp({ timeoutMs: TIMEOUT_MS });
    clockMs = 0;
    findKey = createKeySource({ url: provider.jwksUrl, http, nowMs: () => clockMs });
  });
  afterEach(async () => {
    await http.close();
    await provider.server.close();
  });

  const current = (): string => provider.currentKey().kid;

  describe("a provider's keys", () => {
    test('are fetched once for any number of parallel and later questions', async () => {
      const keys = await Promise.all(Array.from({ length: 50 }, () => findKey(current())));
      clockMs += 500_000;
      keys.push(await findKey(current()));
      expect(keys.map((key) => key?.kid)).toEqual(keys.map(() => current()));
      expect(provider.keyFetches()).toBe(1);
    });

    test('1,000 made-up key ids cause at most one fetch per 30 seconds', async () => {
      await findKey(current());
      expect(provider.keyFetches()).toBe(1);
      for (let round = 1; round <= 3; round += 1) {
        clockMs += 31_000;
        const found = await Promise.all(Array.from({ length: 1_000 }, () => findKey(randomUUID())));
        expect(found.every((key) => key === undefined)).toBe(true);
        for (let i = 0; i < 50; i += 1) expect(await findKey(randomUUID())).toBeUndefined();
        expect(provider.keyFetches()).toBe(1 + round);
      }
    });

    test('1,000 made-up key ids from a cold start cause one fetch', async () => {
      for (let i = 0; i < 1_000; i += 1) expect(await findKey(randomUUID())).toBeUndefined();
      expect(provider.keyFetches()).toBe(1);
    });

    test('a rotation is noticed by the first token of the new key, at once', async () => {
      const old = current();
      await findKey(old);
      provider.rotate();
      expect((await findKey(current()))?.kid).toBe(current());
      expect(await findKey(old)).toBeUndefined();
      expect(provider.keyFetches()).toBe(2);
    });

    test('a withdrawn key is forgotten when the set is no longer fresh', async () => {
      const old = current();
      await findKey(old);
      provider.rotate();
      clockMs += 600_000;
      expect(await findKey(old)).toBeUndefined();
    });
  });

  describe('a provider that is down', () => {
    test.each(['failing', 'silent', 'refusing'] as const)('%s: an outage, not a refusal', async (mode) => {
      provider.server.mode = mode;
      await expect(findKey(current())).rejects.toBeInstanceOf(ProviderOutage);
      provider.server.mode = 'up';
      expect((await findKey(current()))?.kid).toBe(current());
    });

    test('known keys go on serving for a day, and the provider is not asked for each token', async () => {
      const known = current();
      await findKey(known);
      provider.server.mode = 'failing';
      clockMs += 3_600_000;
      for (let i = 0; i < 20; i += 1) expect((await findKey(known))?.kid).toBe(known);
      clockMs += 24 * 3_600_000;
      await expect(findKey(known)).rejects.toBeInstanceOf(ProviderOutage);
    });

    test('an unknown key id cannot be judged: an outage, and soon right again', async () => {
      await findKey(current());
      provider.rotate();
      provider.server.mode = 'failing';
      await expect(findKey(current())).rejects.toBeInstanceOf(ProviderOutage);
      await expect(findKey(current())).rejects.toBeInstanceOf(ProviderOutage);
      provider.server.mode = 'up';
      clockMs += 1_000;
      expect((await findKey(current()))?.kid).toBe(current());
    });
  });
}
