import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { contentOf, EXHAUSTIONS, waitFor, type RunningApp } from '@turnpike/test-kit';
import type { IssuedTokens } from '../src/sessions/domain/sessions.ts';
import {
  callAs,
  asOperator,
  asUser,
  call,
  createStores,
  introspect,
  openSession,
  refresh,
  startAuth,
  startAuthProcess,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from './harness.ts';

/** A pool in which every connection waits, and a server that has none left: 503, soon, and as if nobody had asked. */
const CALLERS = 20;

let stores: Stores;
let users: Neighbour;
/** The process under test, with a pool of two. */
let app: RunningApp;
/** Makes sessions over the same database. */
let helper: AuthInstance;
let session: IssuedTokens;
let projectId: string;

beforeAll(async () => {
  stores = await createStores();
  users = await startUsers(stores);
  helper = await startAuth(stores);
  // A process whose first connection takes longer than its time-out ends, as it should; on a busy machine the first may.
  app = await waitFor(() =>
    startAuthProcess({
      ...stores.env,
      USERS_URL: users.url,
      SMTP_URL: 'smtp://127.0.0.1:1',
      DATABASE_POOL_MAX: '2',
      DATABASE_TIMEOUT_MS: '1000',
    }),
  );
});

afterAll(async () => {
  await app.stop();
  await helper.close();
  await users.stop();
  await stores.database.drop();
});

beforeEach(async () => {
  session = await waitFor(() => openSession(helper));
  const [project] = await helper.context.database.query<{ id: string }>(
    'SELECT id FROM project WHERE user_id = $1::uuid',
    session.userId,
  );
  projectId = project?.id ?? '';
});

/** Calls by name; each is made anew for every test, and repeated as it is. */
const CALLS: Readonly<Record<string, () => () => Promise<Answer>>> = {
  refreshing: () => () => refresh(app, session.response.refresh_token),
  'asking about a token': () => () => introspect(app, session.response.access_token),
  'listing sessions': () => () => callAs(app, session, 'GET', '/api/v1/auth/sessions'),
  'logging out': () => () => callAs(app, session, 'POST', '/api/v1/auth/logout'),
  'making a key, named': () => {
    const path = '/auth/api-keys/';
    const headers = { 'x-project-id': projectId, 'idempotency-key': uuidv7() };
    return () =>
      call(app, 'POST', path, {
        headers: { ...asUser('POST', path, session.userId, session.sessionId), ...headers },
        body: { name: 'exhausted' },
      });
  },
  'asking for a code': () => {
    const email = `${uuidv7()}@exhausted.example`;
    return () => call(app, 'POST', '/auth/verification/send-code', { body: { email } });
  },
  'signing in': () => {
    const email = `${uuidv7()}@exhausted.example`;
    return () => call(app, 'POST', '/api/v1/auth/dev/token', { body: { email }, headers: asOperator });
  },
};

/** Where a call is stopped: at its first statement, or at its last. */
const FAULTS = {
  'every connection waits': () => EXHAUSTIONS.pool(stores.database),
  'every connection waits at the end of its work': () =>
    EXHAUSTIONS.pool(stores.database, ['audit_event', 'outbox', 'revocation', 'api_key']),
  'the server has no connection left': () => EXHAUSTIONS.server(stores.database),
};

/** What a refused call may leave, since asking again goes on from there: the account is known before its session is opened. */
const MAY_LEAVE: Readonly<Record<string, readonly string[]>> = {
  'signing in': ['account', 'identity', 'project', 'remembered_identity'],
};

/** Whose rows are marked in the background, when they have been told of. */
const MARKED_LATER: readonly string[] = ['outbox', 'revocation'];

/** The rows of all tables, without those that a call may leave; only how many, where they are marked later. */
async function written(name: string): Promise<[table: string, digest: string][]> {
  const content = Object.entries(await contentOf(stores.database));
  return content
    .filter(([table]) => !MAY_LEAVE[name]?.includes(table))
    .map(([table, rows]) => [table, MARKED_LATER.includes(table) ? rows.replace(/,.*/, '') : rows]);
}

const works = ({ status }: Answer): boolean => status >= 200 && status < 300;

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('%s:', (fault) => {
  test.each(Object.keys(CALLS))('%s is 503 or works, and works when repeated', async (name) => {
    const calls = Array.from({ length: CALLERS }, () => CALLS[name]?.() ?? (() => Promise.reject(new Error(name))));
    const before = await written(name);
    const mend = await FAULTS[fault]();
    const answers = await Promise.all(calls.map((send) => send())).finally(mend);
    const refused = answers.filter((answer) => !works(answer));
    for (const { status, body, headers } of refused) {
      const error = (body['error'] ?? body) as Record<string, unknown>;
      expect([status, error['code'], headers.get('retry-after')]).toEqual([503, 'service.unavailable', '1']);
    }
    // A claim of an Idempotency-Key is given back as soon as there is a connection again.
    if (refused.length === answers.length)
      await waitFor(async () => expect(await written(name)).toEqual(before) === undefined);
    for (const [index, send] of calls.entries()) {
      const first = answers[index];
      if (first === undefined || works(first)) continue;
      await waitFor(async () => {
        const answer = await send();
        expect([200, 201, 202, 503]).toContain(answer.status);
        return works(answer);
      });
    }
  });
});
