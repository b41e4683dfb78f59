import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { openClient, waitFor } from '@turnpike/test-kit';
import { searchDatabase, searchRedis } from './canary.ts';
import type { Stack } from './stack.ts';
import { call } from './start-users.ts';

/** A made-up person whose every value is found nowhere else. */
export interface Person {
  readonly userId: string;
  /** Text that every value of the person holds. */
  readonly canary: string;
  readonly accessToken: string;
  readonly sessionId: string;
}

/** Signs a person up and leaves traces of it in every service: profile, session, key, mail, credits, scenes, moments. */
export async function makePerson(stack: Stack): Promise<Person> {
  const canary = `canary${randomBytes(6).toString('hex')}`;
  const profile = { email: `${canary}@example.com`, display_name: `Name of ${canary}`, tier: 'pro' };
  const signIn = await stack.asOperator('auth', 'POST', '/api/v1/auth/dev/token', profile, {
    'user-agent': `Browser of ${canary}`,
  });
  expect(signIn.status).toBe(200);
  const { access_token: accessToken } = signIn.body as { access_token: string };
  const principal = await stack.asService('auth', 'POST', '/internal/auth/introspect', { token: accessToken });
  const { sub: userId, sid: sessionId } = principal.body as { sub: string; sid: string };
  const session = { 'x-gateway-session-id': sessionId };
  const project = await stack.asUser(
    userId,
    'auth',
    'POST',
    '/auth/projects',
    { name: `Project of ${canary}` },
    session,
  );
  const { data } = project.body as { data: { id: string } };
  const withProject = { ...session, 'x-project-id': data.id, 'idempotency-key': `key for ${canary}` };
  const steps = [
    await stack.asUser(userId, 'auth', 'POST', '/auth/api-keys', { name: `Key of ${canary}` }, withProject),
    await call(stack.urls.auth, 'POST', '/auth/verification/send-code', { email: profile.email }, {}),
    await stack.asOperator('credits', 'POST', '/api/v1/credits/admin/grant', {
      user_id: userId,
      amount: 7,
      description: `For ${canary}`,
    }),
    await stack.asUser(userId, 'example-downstream', 'POST', '/api/v1/timepoints/generate/sync', {
      query: `What ${canary} saw`,
    }),
    await stack.asUser(userId, 'example-downstream', 'POST', '/api/v1/moments', {
      path: `private/${canary}`,
      name: canary,
    }),
  ];
  for (const step of steps) expect([200, 201, 202]).toContain(step.status);
  return { userId, canary, accessToken, sessionId };
}

/** Where the person can still be found, in any database or in Redis. */
export async function tracesOf(stack: Stack, { canary }: Person): Promise<string[]> {
  const found: string[] = [];
  for (const { url } of Object.values(stack.databases)) found.push(...(await searchDatabase(url, [canary])));
  return [...found, ...(await searchRedis(stack.redisUrl, [canary]))];
}

/** `DELETE /api/v1/auth/me`, as the edge passes it on. */
export async function deleteAccount(stack: Stack, { userId, sessionId }: Person): Promise<void> {
  const answer = await stack.asUser(userId, 'auth', 'DELETE', '/api/v1/auth/me', undefined, {
    'x-gateway-session-id': sessionId,
  });
  expect(answer).toMatchObject({ status: 200, body: { detail: 'Account deleted' } });
}

export interface Receipt {
  readonly id: string;
  readonly status: 'running' | 'completed';
  readonly requested_by: string;
  readonly steps: readonly {
    target: string;
    status: string;
    attempts: number;
    last_error: string | null;
    erased: Record<string, number> | null;
  }[];
}

/** The person's receipt, as an operator finds it. */
export async function receiptOf(stack: Stack, { userId }: Person): Promise<Receipt> {
  const list = await stack.asOperator('users', 'GET', `/api/v1/users/admin/erasures?user_id=${userId}`);
  const { items } = list.body as { items: Receipt[] };
  if (items[0] === undefined) throw new Error('no receipt yet');
  return items[0];
}

/** Waits until the erasure is complete. */
export function erasureCompleted(stack: Stack, person: Person): Promise<Receipt> {
  return waitFor(async () => {
    const receipt = await receiptOf(stack, person);
    if (receipt.status !== 'completed')
      throw new Error(`the erasure is still running: ${JSON.stringify(receipt.steps)}`);
    return receipt;
  });
}

/** Sums over the whole ledger, which an erasure must not change. */
export async function ledgerSums(stack: Stack): Promise<unknown> {
  const client = await openClient({ connectionString: stack.databases.credits.url });
  try {
    const { rows } = await client.query<{ sums: unknown }>(
      `SELECT jsonb_build_object(
         'accounts', (SELECT jsonb_build_array(count(*), sum(balance), sum(held), sum(debt)) FROM account),
         'grants', (SELECT jsonb_build_array(count(*), sum(amount), sum(remaining)) FROM "grant"),
         'transfers', (SELECT jsonb_build_array(count(*), sum(amount)) FROM transfer)) AS sums`,
    );
    return rows[0]?.sums;
  } finally {
    await client.end();
  }
}
