import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CONFIG_STREAM } from '@turnpike/contracts';
import { createLogger, createInternalClient, createOrganisationConfig } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import { SERVICE_KEY, type Users } from '../start-users.ts';
import { ONE, OTHER, callsOf } from './calls.ts';

/** Versions of a value, and who hears of a new one. */
export function changeTests(opened: () => Users): void {
  let users: Users;
  beforeAll(() => {
    users = opened();
  });
  const { tenant, operator, rows } = callsOf(opened);

  describe('versions', () => {
    test('a change of another version than the caller knows is 409, also of fifty at once', async () => {
      const key = 'invites.expire_after_days';
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, index) => tenant('PUT', key, { value: 1 + (index % 30) }, { ifMatch: '"0"' })),
      );
      const statuses = all.map(({ status }) => status);
      expect([statuses.filter((status) => status === 200).length, new Set(statuses)]).toEqual([1, new Set([200, 409])]);
      expect((await tenant('PUT', key, { value: 29 }, { ifMatch: '"7"' })).body).toMatchObject({
        code: 'resource.conflict',
      });
      expect((await tenant('PUT', key, { value: 29 }, { ifMatch: '1' })).body).toMatchObject({ version: 2 });
      expect((await tenant('PUT', key, { value: 29 }, { ifMatch: 'W/"2"' })).status).toBe(422);
      expect((await operator('DELETE', key, undefined, { 'if-match': '"3"' })).status).toBe(409);
    });

    test('what is that way already changes nothing and is in no trail', async () => {
      const key = 'providers.openai.api_key';
      await tenant('PUT', key, { value: 'sk-the-same-0123456789' });
      const events = async () => (await rows("SELECT 1 FROM outbox WHERE type = 'audit.recorded'")).length;
      const before = await events();
      expect((await tenant('PUT', key, { value: 'sk-the-same-0123456789' })).body).toMatchObject({ version: 1 });
      expect((await tenant('DELETE', 'invites.expire_after_days')).body).toMatchObject({ version: 0 });
      expect(await events()).toBe(before);
    });

    test('a version never comes back', async () => {
      const key = 'invites.expire_after_days';
      await tenant('PUT', key, { value: 3 });
      await tenant('DELETE', key);
      expect((await tenant('PUT', key, { value: 3 })).body).toMatchObject({ version: 3 });
    });
  });

  describe('changes are heard within a second', () => {
    test('by whoever keeps values, and also those that could not be announced at once', async () => {
      const logger = createLogger('test', 'silent');
      const client = createInternalClient({ service: 'users', baseUrl: users.app.url, serviceKey: SERVICE_KEY });
      const config = createOrganisationConfig({
        users: client,
        keys: ['invites.expire_after_days'],
        redisUrl: users.redis.url,
        logger,
      });
      try {
        const days = async (organisation?: string) => (await config.of(organisation))['invites.expire_after_days'];
        expect([await days(ONE), await days(OTHER)]).toEqual([7, 7]);
        await tenant('PUT', 'invites.expire_after_days', { value: 5 });
        await waitFor(async () => (await days(ONE)) === 5);
        expect(await days(OTHER)).toBe(7);
        await operator('PUT', 'invites.expire_after_days', { value: 9 });
        await waitFor(async () => (await days(OTHER)) === 9);
        // Committed by an instance that died before it announced anything.
        await users.database.query(
          `UPDATE config_value SET value = '11', version = version + 1 WHERE organisation_id = $1`,
          [ONE],
        );
        await waitFor(async () => (await days(ONE)) === 11);
        // A Redis that lost the stream.
        const redis = new Redis(users.redis.url);
        await redis.del(CONFIG_STREAM);
        redis.disconnect();
        await tenant('PUT', 'invites.expire_after_days', { value: 12 });
        await waitFor(async () => (await days(ONE)) === 12);
      } finally {
        await config.close();
        await client.close();
      }
    });

    test('values that are known serve on while users is down, unknown ones are 503', async () => {
      const another = await users.another({});
      const logger = createLogger('test', 'silent');
      const client = createInternalClient({ service: 'users', baseUrl: another.url, serviceKey: SERVICE_KEY });
      const config = createOrganisationConfig({
        users: client,
        keys: ['members.max'],
        redisUrl: users.redis.url,
        logger,
      });
      try {
        const known = await config.of(ONE);
        await another.stop();
        expect(await config.of(ONE)).toEqual(known);
        await expect(config.of(OTHER)).rejects.toMatchObject({ code: 'service.unavailable' });
      } finally {
        await config.close();
        await client.close();
      }
    });
  });
}
