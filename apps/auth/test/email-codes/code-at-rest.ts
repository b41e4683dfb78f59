import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { uuidv7 } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import { startAuthWithMail } from '../account-harness.ts';
import { call, createStores, type AuthInstance, type Stores } from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';

export function codeAtRestTests(): void {
  let stores: Stores;
  let mailbox: Mailbox;
  let auth: AuthInstance;

  beforeAll(async () => {
    stores = await createStores();
    mailbox = await startMailbox();
    auth = await startAuthWithMail(stores, { SMTP_URL: mailbox.url });
    await waitFor(() => auth.context.redis.status === 'ready');
  });

  afterAll(async () => {
    await auth.close();
    await mailbox.close();
    await stores.database.drop();
  });

  const sendCode = (email: string) => call(auth, 'POST', '/auth/verification/send-code', { body: { email } });

  describe('at rest', () => {
    test('neither address nor code is in the database or in Redis in clear, nor the code as a plain hash', async () => {
      const email = `canary-${uuidv7()}@example.com`;
      const paused = new Queue('mail', { connection: { url: stores.redis.url }, prefix: '{turnpike}' });
      const redis = new Redis(stores.redis.url);
      try {
        await paused.pause();
        expect((await sendCode(email)).status).toBe(202);
        const queued = await dumpRedis(redis);
        const database = await dumpDatabase(auth);
        await paused.resume();
        const code = await mailbox.codeFor(email);
        const hashed = ['hex', 'base64', 'base64url'].map((form) =>
          createHash('sha256')
            .update(code)
            .digest(form as 'hex'),
        );
        for (const store of [queued, database]) {
          expect(store).not.toContain(email);
          expect(store).not.toContain(email.split('@', 1)[0]);
          expect(store).not.toMatch(new RegExp(`(?<![0-9a-f-])${code}(?![0-9a-f-])`));
          for (const form of hashed) expect(store).not.toContain(form);
        }
        expect(queued).toContain('sign_in_code');
      } finally {
        await paused.close();
        redis.disconnect();
      }
    });
  });

  async function dumpRedis(redis: Redis): Promise<string> {
    const parts: string[] = [];
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      parts.push(key);
      if (type === 'hash') parts.push(JSON.stringify(await redis.hgetall(key)));
      if (type === 'string') parts.push(String(await redis.get(key)));
      if (type === 'stream') parts.push(JSON.stringify(await redis.xrange(key, '-', '+')));
    }
    return parts.join('\n');
  }

  async function dumpDatabase({ context }: AuthInstance): Promise<string> {
    const tables = ['verification_code', 'verification_window', 'audit_event'];
    const dumps = await Promise.all(
      tables.map((table) => context.database.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t`)),
    );
    return JSON.stringify(dumps);
  }
}
