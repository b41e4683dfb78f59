import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { contentOf, EXHAUSTIONS, waitFor } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** A pool in which every connection waits, and a server that has none left: 503, soon, and not a credit moved unless it says so. */
const CALLERS = 20;
const BALANCE = 1_000;

let credits: Credits;
let user: string;
/** Open holds of 5 credits, one for each caller. */
let holds: string[];
beforeAll(async () => {
  const env = {
    DATABASE_POOL_MAX: '2',
    DATABASE_TIMEOUT_MS: '1000',
    LEDGER_STATEMENTS_MAX: '1',
    LEDGER_WAIT_MS_MAX: '2000',
    JOBS_IN_SERVICE: 'false',
  };
  // A process whose first connection takes longer than its time-out ends, as it should; on a busy machine the first may.
  credits = await waitFor(() => startCredits(env));
});
afterAll(() => credits.stop());

beforeEach(async () => {
  user = await waitFor(() => credits.userWith(BALANCE));
  holds = [];
  for (let caller = 0; caller < CALLERS; caller += 1)
    holds.push(
      await waitFor(async () => (await credits.reserve(user, 5)).body['reservation_id'] as string | undefined),
    );
});

afterEach(async () => {
  const database = openTestDatabase(credits.database);
  await expectInvariantsHold(database);
  await database.close();
});

interface NamedCall {
  /** What each caller sends; repeated as it is. */
  readonly make: (caller: number) => () => Promise<Answer>;
  /** What a caller's success does to the balance. */
  readonly moves: number;
}

const CALLS: Readonly<Record<string, NamedCall>> = {
  reserving: {
    make() {
      const key = uuidv7();
      return () => credits.reserve(user, 5, { idempotency_key: key });
    },
    moves: -5,
  },
  settling: { make: (caller) => () => credits.settle(holds[caller], { amount: 3 }), moves: 2 },
  releasing: { make: (caller) => () => credits.release(holds[caller]), moves: 5 },
  'spending, named': {
    make() {
      const headers = { 'idempotency-key': uuidv7() };
      return () => credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 7 }, headers);
    },
    moves: -7,
  },
  granting: {
    make() {
      const grant = { source: 'test', source_ref: uuidv7() };
      return () => credits.grant(user, 9, grant);
    },
    moves: 9,
  },
  'reading a balance': { make: () => () => credits.get(user, '/api/v1/credits/balance'), moves: 0 },
};

const FAULTS = {
  'every connection waits': () => EXHAUSTIONS.pool(credits.database),
  'every connection waits at the end of its work': () =>
    EXHAUSTIONS.pool(credits.database, ['transfer', 'entry_note', 'outbox', 'idempotency']),
  'the server has no connection left': () => EXHAUSTIONS.server(credits.database),
};

/** The rows of all tables; of events only how many, since they are marked when they are delivered. */
async function written(): Promise<Record<string, string>> {
  const { outbox = '', ...content } = await contentOf(credits.database);
  return { ...content, outbox: outbox.replace(/,.*/, '') };
}

const works = ({ status }: Answer): boolean => status === 200 || status === 201;

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('%s:', (fault) => {
  test.each(Object.entries(CALLS))(
    '%s is 503 or works, and works once when repeated',
    async (_name, { make, moves }) => {
      const calls = holds.map((_hold, caller) => make(caller));
      const balance = await credits.balance(user);
      const before = await written();
      const mend = await FAULTS[fault]();
      const answers = await Promise.all(calls.map((send) => send())).finally(mend);
      const refused = answers.filter((answer) => !works(answer));
      for (const { status, body, headers } of refused)
        expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'service.unavailable', '1']);
      if (refused.length === answers.length) expect(await written()).toEqual(before);
      // Those that worked are repeated too: they are given their answer again.
      for (const send of calls)
        await waitFor(async () => {
          const answer = await send();
          expect([200, 201, 503]).toContain(answer.status);
          return works(answer);
        });
      expect(await credits.balance(user)).toBe(balance + CALLERS * moves);
    },
  );
});
