import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { waitFor } from '@turnpike/test-kit';
import { startAuthWithMail } from '../account-harness.ts';
import { asOperator, call, createStores, type AuthInstance, type Stores } from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';

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
const failed = (query = '') => call(auth, 'GET', `/api/v1/auth/admin/mail/failed${query}`, { headers: asOperator });

describe('a mail server that says no', () => {
  test('for now: the mail is tried again and arrives', async () => {
    mailbox.replyWith(451);
    expect((await sendCode('patient@example.com')).status).toBe(202);
    await waitFor(() => mailbox.recipients > 0);
    mailbox.replyWith(undefined);
    expect(await mailbox.codeFor('patient@example.com')).toMatch(/^\d{6}$/);
  });

  test('for good: it is not tried again, operators see why, and neither address nor code is left behind', async () => {
    mailbox.replyWith(550);
    const before = mailbox.recipients;
    expect((await sendCode('canary-refused@example.com')).status).toBe(202);
    const answer = await waitFor(async () => {
      const { status, body } = await failed();
      expect(status).toBe(200);
      return Number(body['total']) > 0 ? body : undefined;
    });
    mailbox.replyWith(undefined);
    expect(answer).toEqual({
      items: [
        {
          id: expect.any(String),
          template: 'sign_in_code',
          recipient: 'c…@example.com',
          reason: 'smtp_550',
          attempts: 1,
          queued_at: expect.stringMatching(/Z$/),
          failed_at: expect.stringMatching(/Z$/),
        },
      ],
      total: 1,
      limit: 20,
      offset: 0,
    });
    expect(mailbox.recipients).toBe(before + 1);
    const redis = new Redis(stores.redis.url);
    try {
      const [name] = await redis.keys('*mail:*-*-*-*-*');
      const job = await redis.hgetall(String(name));
      expect(JSON.stringify(job)).not.toContain('canary-refused');
      expect(JSON.parse(job['data'] ?? '')).toEqual({ template: 'sign_in_code', recipient: 'c…@example.com' });
      expect(job['stacktrace'] ?? '[]').not.toContain('refused');
    } finally {
      redis.disconnect();
    }
    expect((await failed('?offset=1')).body).toMatchObject({ items: [], total: 1, offset: 1 });
  });

  test('only operators see failed mail', async () => {
    expect((await call(auth, 'GET', '/api/v1/auth/admin/mail/failed')).status).toBe(403);
  });
});
