import { populatedUserId } from '@turnpike/test-kit/population';
import { workThrough, type Worked } from './backlog.ts';
import type { MillionStack } from './stack.ts';

type Say = (line: string) => void;

/** What a backlog was, and how it went. */
export interface BacklogFigures {
  readonly backlog: string;
  readonly rows: number;
  readonly worked: Worked;
  /** The longest statement of the service meanwhile. */
  readonly longest: { readonly ms: number; readonly text: string };
}

const count = async (stack: MillionStack, app: 'auth' | 'users' | 'credits', of: string): Promise<number> => {
  const [row] = await stack.sql<{ count: string }>(app, `SELECT count(*) AS count FROM ${of} /* bench */`);
  return Number(row?.count);
};

/** As many rows of each of three tables have served their time when auth starts. */
export async function measureRetention(stack: MillionStack, due: number, say: Say): Promise<BacklogFigures> {
  for (const sql of [
    `UPDATE session SET ended_at = now() - interval '8 days', end_reason = 'logout' WHERE user_id < '${populatedUserId(due)}'`,
    `UPDATE idempotency SET created_at = now() - interval '3 days' WHERE ctid IN (SELECT ctid FROM idempotency LIMIT ${due})`,
    `UPDATE outbox SET delivered_at = now() - interval '8 days' WHERE ctid IN (SELECT ctid FROM outbox LIMIT ${due})`,
    'VACUUM ANALYZE',
  ])
    await stack.sql('auth', `${sql} /* bench */`);
  await stack.longestStatement('auth');
  const auth = await stack.start('auth');
  try {
    const left = async (): Promise<number> =>
      (await count(stack, 'auth', "session WHERE ended_at < now() - interval '1 day'")) +
      (await count(stack, 'auth', "idempotency WHERE created_at < now() - interval '1 day'")) +
      (await count(stack, 'auth', "outbox WHERE delivered_at < now() - interval '1 day'"));
    const worked = await workThrough(stack, { auth }, left, say);
    return {
      backlog: 'retention: rows that have served their time',
      rows: 3 * due,
      worked,
      longest: await stack.longestStatement('auth'),
    };
  } finally {
    await auth.stop();
  }
}

/** A hold, an expired grant and an allowance each of so many users are due when credits starts. */
export async function measureMaintenance(stack: MillionStack, due: number, say: Say): Promise<BacklogFigures[]> {
  const theirs = `account_id IN (SELECT id FROM account WHERE owner_id < '${populatedUserId(due)}')`;
  for (const sql of [
    `INSERT INTO reservation (id, account_id, amount, state, transaction_type, draw_grants, draw_amounts, actor, available_after, created_at, expires_at)
     SELECT gen_random_uuid(), g.account_id, 1000000, 'open', 'generation', ARRAY[g.id], ARRAY[1000000], 'bench', 0,
            now() - interval '10 minutes', now() - interval '5 minutes' FROM "grant" g WHERE g.source = 'bench' AND g.${theirs}`,
    `UPDATE "grant" SET held = held + 1000000 WHERE source = 'bench' AND ${theirs}`,
    `UPDATE account SET held = held + 1000000, next_expiry_at = now() WHERE owner_id < '${populatedUserId(due)}'`,
    `UPDATE "grant" SET expires_at = now() WHERE source = 'signup_bonus' AND ${theirs}`,
    `UPDATE allowance SET next_due_at = now() WHERE ${theirs}`,
    'VACUUM ANALYZE',
  ])
    await stack.sql('credits', `${sql} /* bench */`);
  await stack.longestStatement('credits');
  const credits = await stack.start('credits', { VERIFY_MS: '86400000' });
  const parts = {
    'holds to return': "reservation WHERE state = 'open' AND expires_at <= now()",
    'grants to expire': 'account WHERE next_expiry_at <= now()',
    'allowances to grant': 'allowance WHERE next_due_at <= now() AND ended_at IS NULL',
  };
  try {
    const worked = await Promise.all(
      Object.entries(parts).map(async ([backlog, of]) => ({
        backlog: `maintenance: ${backlog}, all three at once`,
        rows: due,
        worked: await workThrough(stack, { credits }, () => count(stack, 'credits', of), say),
      })),
    );
    const longest = await stack.longestStatement('credits');
    return worked.map((part) => ({ ...part, longest }));
  } finally {
    await credits.stop();
  }
}

/** An event each of so many users waits in the outbox of users, and all of them are for credits. */
export async function measureEvents(stack: MillionStack, due: number, say: Say): Promise<BacklogFigures> {
  await stack.sql(
    'users',
    `INSERT INTO outbox (id, type, payload)
     SELECT gen_random_uuid(), 'user.created', jsonb_build_object('user_id', id, 'signup_credits', 0) FROM app_user LIMIT ${due} /* bench */`,
  );
  await stack.sql('users', 'ANALYZE outbox /* bench */');
  await stack.longestStatement('users');
  const credits = await stack.start('credits', { VERIFY_MS: '86400000' });
  const sender = await stack.start('users');
  try {
    const handled = async (): Promise<number> => {
      const text = await (await fetch(`${credits.url}/metrics`)).text();
      return Number(/^turnpike_events_handled_total\{[^}]*outcome="done"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const worked = await workThrough(
      stack,
      { users: sender, credits },
      async () => Math.max(0, due - (await handled())),
      say,
    );
    return {
      backlog: 'events: from the outbox through BullMQ to the consumer',
      rows: due,
      worked,
      longest: await stack.longestStatement('users'),
    };
  } finally {
    await sender.stop();
    await credits.stop();
  }
}
