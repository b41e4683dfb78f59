import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contentOf, EXHAUSTIONS, waitFor } from '@turnpike/test-kit';
import { startUsers, type Answer, type Users } from './start-users.ts';

/** A pool in which every connection waits, and a server that has none left: 503, soon, and as if nobody had asked. */
const CALLERS = 20;

let users: Users;
let known: string;
beforeAll(async () => {
  // A process whose first connection takes longer than its time-out ends, as it should; on a busy machine the first may.
  users = await waitFor(() => startUsers({ DATABASE_POOL_MAX: '2', DATABASE_TIMEOUT_MS: '1000' }));
  known = await waitFor(async () => {
    const answer = await users.send('POST', '/api/v1/users/resolve', { external_id: 'known' });
    return (answer.body as { user_id?: string }).user_id;
  });
});
afterAll(() => users.stop());

/** Calls by name; each caller makes its own, and repeats it as it is. */
const CALLS: Readonly<Record<string, () => () => Promise<Answer>>> = {
  'resolving a new user': () => {
    const body = { external_id: randomUUID() };
    return () => users.send('POST', '/api/v1/users/resolve', body);
  },
  'making a user for a sign-in': () => {
    const body = { external_key: `google:${randomUUID()}`, lineage_id: randomUUID() };
    return () => users.send('POST', '/internal/users/find-or-create', body);
  },
  'reading a user': () => () => users.send('GET', `/internal/users/${known}`),
};

/** The rows of all tables but that in which jobs note their own times; of events only how many, since they are marked when they are delivered. */
async function written(): Promise<Record<string, string>> {
  const { outbox = '', archive_run: _ofJobs, ...content } = await contentOf(users.database);
  return { ...content, outbox: outbox.replace(/,.*/, '') };
}

const FAULTS = {
  'every connection waits': () => EXHAUSTIONS.pool(users.database),
  'every connection waits at the end of its work': () =>
    EXHAUSTIONS.pool(users.database, ['outbox', 'external_identity']),
  'the server has no connection left': () => EXHAUSTIONS.server(users.database),
};

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('%s:', (fault) => {
  test.each(Object.keys(CALLS))('%s is 503 or works, and works when repeated', async (name) => {
    const calls = Array.from({ length: CALLERS }, () => CALLS[name]?.() ?? (() => Promise.reject(new Error(name))));
    const before = await written();
    const mend = await FAULTS[fault]();
    const answers = await Promise.all(calls.map((send) => send())).finally(mend);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, body, headers } of refused) {
      expect([status, body]).toMatchObject([503, { code: 'service.unavailable' }]);
      expect(headers.get('retry-after')).toBe('1');
    }
    if (refused.length === answers.length) expect(await written()).toEqual(before);
    for (const [index, send] of calls.entries()) {
      if (answers[index]?.status === 200) continue;
      await waitFor(async () => {
        const { status } = await send();
        expect([200, 503]).toContain(status);
        return status === 200;
      });
    }
  });
});
