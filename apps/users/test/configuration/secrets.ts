import { beforeAll, expect, test } from '@jest/globals';
import { searchDatabase, searchRedis } from '../canary.ts';
import type { Users } from '../start-users.ts';
import { ONE, OTHER, callsOf } from './calls.ts';

/** Values that nobody reads back. */
export function secretTests(opened: () => Users): void {
  let users: Users;
  beforeAll(() => {
    users = opened();
  });
  const { tenant, operator, inside } = callsOf(opened);

  test('a secret is in no answer, to whomever, in no event, row or key of Redis, and what a reader sends back does not replace it', async () => {
    const key = 'providers.anthropic.api_key';
    const secret = 'sk-canary-7f3e9a1c5b2d4860';
    const answers = [
      await tenant('PUT', key, { value: secret }),
      await operator('PUT', key, { value: `${secret}-of-all` }),
      await tenant('GET', ''),
      await operator('GET', ''),
      await operator('GET', key),
    ];
    for (const role of ['viewer', 'member', 'admin', 'owner'] as const)
      answers.push(await tenant('GET', key, undefined, { role }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const entry = answers.at(-1)?.body as Record<string, unknown>;
    expect(entry).toMatchObject({ value: null, is_secret: true, is_set: true, source: 'tenant' });
    expect((await tenant('PUT', key, entry)).status).toBe(422);
    expect(await inside(key, ONE)).toEqual([secret]);
    expect(await inside(key, OTHER)).toEqual([`${secret}-of-all`]);
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('canary');
    expect(await searchDatabase(users.database.url, [secret])).toEqual([]);
    expect(await searchRedis(users.redis.url, [secret])).toEqual([]);
  });

  test('a sealed secret that is copied to another organisation does not open', async () => {
    const key = 'providers.google.api_key';
    await tenant('PUT', key, { value: 'sk-of-one-0123456789' });
    await users.database.query(
      'INSERT INTO config_value (organisation_id, key, sealed, version) SELECT $1, key, sealed, 1 FROM config_value WHERE organisation_id = $2',
      [OTHER, ONE],
    );
    expect((await users.send('GET', `/internal/users/config?keys=${key}&organisation=${OTHER}`)).status).toBe(500);
  });
}
