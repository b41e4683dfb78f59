import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startStack, type Stack } from '@turnpike/local-stack';
import { startPostgres, verifyLedger, type OwnStore } from '@turnpike/test-kit';
import { balanceOf, refusalOf, statusOf, visitorAt } from '../support/callers.ts';
import { hasPrograms } from '../support/recorded-programs.ts';
import { loadRelease, readRelease, RELEASES } from '../support/recorded-release.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

/**
 * Installations of earlier releases come up on this one, and what callers hold goes on working; those whose programs are recorded do so in
 * `two-releases-at-once.test.ts`. docs/upgrade.md says what is promised.
 */

const TIMEOUT_MS = 900_000;
const OWN_DATA = '/api/v1/users/me/timepoints';

describe.each(RELEASES.filter((name) => !hasPrograms(name)))('the release of %s', (name) => {
  const release = readRelease(name);
  let server: OwnStore;
  let stack: Stack | undefined;
  let removeDataDir: (() => Promise<void>) | undefined;
  const visitor = () => visitorAt(stack?.info.edge_url ?? '');
  beforeAll(async () => {
    server = await startPostgres();
    await loadRelease(name, server.url);
    const { dataDir, remove } = await tempDataDir();
    removeDataDir = remove;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(path.join(dataDir, 'secrets.json'), JSON.stringify(release.secrets), { mode: 0o600 });
    stack = await startStack({ environment: stackEnvironment(dataDir, { DATABASE_URL: server.url }) });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stack?.stop();
    await server.dispose();
    await removeDataDir?.();
  }, TIMEOUT_MS);

  test('sessions, keys and balances go on, and what had ended stays ended', async () => {
    const tokens = await visitor().call('auth.refresh', { body: { refresh_token: release.refreshToken } });
    const session = visitor().as({ accessToken: tokens.access_token });
    expect(await session.call('auth.getMe')).toMatchObject({ id: release.userId, email: release.email });
    const key = visitor().as({ apiKey: release.apiKey });
    expect([await balanceOf(session), await balanceOf(key)]).toEqual([release.balance, release.balance]);
    expect(await statusOf(key.requestWithHeaders(OWN_DATA))).toBe(200);
    const ended = visitor().call('auth.refresh', { body: { refresh_token: release.endedRefreshToken } });
    expect((await refusalOf(ended)).status).toBe(401);
    expect(await statusOf(visitor().as({ apiKey: release.endedApiKey }).requestWithHeaders(OWN_DATA))).toBe(401);
  });

  test('they spend, and the books add up', async () => {
    const order = { method: 'POST', json: { query: 'Moon landing' } };
    const { headers } = await visitor()
      .as({ apiKey: release.apiKey })
      .requestWithHeaders('/api/v1/timepoints/generate/sync', order);
    expect(headers.get('x-credits-remaining')).toBe(String(release.balance - Number(headers.get('x-credits-charged'))));
    await verifyLedger({ DATABASE_URL: server.url });
  });
});
