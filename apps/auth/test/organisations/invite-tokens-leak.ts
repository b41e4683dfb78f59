import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { dumpDatabase } from '../dump.ts';
import {
  asMember,
  call,
  createStores,
  openSession,
  startAuth,
  startDefaults,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';
import { newOrganisation } from './members-harness.ts';

/** E10: the token of an invite is in its mail and nowhere else (Plane's GHSA-gf48-p6jp-cwc4 had it in a list). */
export function inviteTokensLeakTests(): void {
  const INVITES = '/platform/api/service/invites';

  let stores: Stores;
  let mailbox: Mailbox;
  let auth: RunningApp;
  let defaults: Awaited<ReturnType<typeof startDefaults>>;
  /** Reads the database, and opens sessions. */
  let beside: AuthInstance;
  beforeAll(async () => {
    [stores, mailbox] = await Promise.all([createStores(), startMailbox()]);
    beside = await startAuth(stores);
    defaults = await startDefaults();
    auth = await startApp('auth', {
      ...stores.env,
      USERS_URL: defaults.url,
      SMTP_URL: mailbox.url,
      PLATFORM_APP_URL: 'https://app.example.com',
      LOG_LEVEL: 'trace',
    });
  });
  afterAll(async () => {
    await auth.stop();
    await beside.close();
    await defaults.close();
    await mailbox.close();
    await stores.database.drop();
  });

  /** What Redis holds, whatever the type. */
  async function dumpRedis(): Promise<string> {
    const redis = new Redis(stores.redis.url);
    try {
      const keys = await redis.keys('*');
      const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
      return values.map((value) => value?.toString('latin1')).join('\n');
    } finally {
      redis.disconnect();
    }
  }

  test('no answer, log line, audit entry, queued mail or column has it, while the mail waits and after it was sent', async () => {
    const owner = await openSession(beside);
    const id = await newOrganisation(beside, owner);
    const send = (method: string, path: string, body?: object) =>
      call(auth, method, path, {
        headers: asMember(method, path, owner, { id, role: 'owner' }),
        ...(body === undefined ? {} : { body }),
      });
    const queue = new Queue('mail', { connection: { url: stores.redis.url }, prefix: QUEUE_PREFIX });
    const email = `${randomUUID()}@example.com`;
    const answers: unknown[] = [];
    const places: string[] = [];
    try {
      await queue.pause();
      answers.push((await send('POST', INVITES, { email })).body);
      expect(await queue.count()).toBe(1);
      places.push(await dumpRedis());
      await queue.resume();
    } finally {
      await queue.close();
    }
    const mail = await waitFor(() => mailbox.mails.find(({ to }) => to.includes(email)));
    // Quoted-printable breaks the line and writes the equals sign as =3D.
    const token = /#token=(m[\w-]{43})/.exec(mail.source.replaceAll('=\r\n', '').replaceAll('=3D', '='))?.[1] ?? '';
    const preview = await call(auth, 'GET', `/platform/api/global/invites/preview?token=${token}`);
    expect(preview.status).toBe(200);
    answers.push(
      preview.body,
      (await send('GET', INVITES)).body,
      (await send('GET', '/platform/api/service/members')).body,
    );
    const accepted = await call(auth, 'POST', '/platform/api/global/invites/accept', {
      body: { token },
      headers: asMember('POST', '/platform/api/global/invites/accept', owner, { id, role: 'owner' }),
    });
    answers.push(accepted.body);
    places.push(JSON.stringify(answers), await dumpRedis(), await dumpDatabase(beside.context.database.query));
    await waitFor(() => auth.logs().join('\n').includes('/platform/api/global/invites/preview'));
    places.push(auth.logs().join('\n'));
    for (const place of places) {
      expect(place).not.toContain(token);
      expect(place.toLowerCase()).not.toContain(Buffer.from(token).toString('hex'));
      expect(place.toLowerCase()).not.toContain(Buffer.from(token.slice(1), 'base64url').toString('hex'));
    }
  });
}
