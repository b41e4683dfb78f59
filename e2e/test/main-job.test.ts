import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { InsufficientCreditsError } from '@turnpike/client';
import { isDeclaredRedisKey } from '@turnpike/contracts';
import { startTraceCollector, waitFor, type CollectedSpan, type TraceCollector } from '@turnpike/test-kit';
import { balanceOf, refusalOf, signInAs, signInAsDemo } from '../support/callers.ts';
import { startTempStack } from '../support/temp-stack.ts';
import type { TempStack } from '../support/temp-stack.ts';

const generate = '/api/v1/timepoints/generate/sync';
const startTimeoutMs = 120_000;

let temp: TempStack;
let collector: TraceCollector;
beforeAll(async () => {
  collector = await startTraceCollector();
  temp = await startTempStack({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' });
}, startTimeoutMs);
afterAll(async () => {
  await temp.dispose();
  await collector.close();
}, startTimeoutMs);

/** A metered call with this body. */
const order = (json: unknown) => ({ method: 'POST', json });

describe('the main job', () => {
  test('sign in, call a metered backend through the edge, see the credits move from 50 to 45', async () => {
    const demo = await signInAsDemo(temp.visitor);
    expect(await balanceOf(demo)).toBe(50);

    const made = await demo.requestWithHeaders<{ id: string }>(
      generate,
      order({ query: 'Moon landing, July 20 1969' }),
    );
    expect(made.status).toBe(200);
    expect(made.headers.get('x-credits-charged')).toBe('5');
    expect(made.headers.get('x-credits-remaining')).toBe('45');
    expect(made.requestId).toBeTruthy();
    expect(made.limits?.remaining).toBeGreaterThan(0);

    expect(await demo.call('credits.getBalance')).toEqual({ balance: 45, lifetime_earned: 50, lifetime_spent: 5 });
    expect(await demo.call('credits.getHistory')).toMatchObject([
      { amount: -5, balance_after: 45, type: 'generation' },
      { amount: 50, balance_after: 50, type: 'signup_bonus' },
    ]);
    expect(JSON.stringify(await demo.request('/api/v1/users/me/timepoints'))).toContain(made.data.id);
  });

  test('a second sign-in is the same person, who is granted nothing again', async () => {
    const [first, second] = await Promise.all([signInAsDemo(temp.visitor), signInAsDemo(temp.visitor)]);
    const [me, again] = await Promise.all([first.call('auth.getMe'), second.call('auth.getMe')]);
    expect(again.id).toBe(me.id);
    expect((await second.call('credits.getBalance')).lifetime_earned).toBe(50);
  });

  test('an operator grants credits', async () => {
    const adminKey = temp.stack.info.admin_api_key;
    const user = await signInAs(temp.visitor, adminKey, 'granted@example.com');
    const { id: user_id } = await user.call('auth.getMe');
    const granted = await temp.visitor.as({ adminKey }).call('credits.adminGrant', { body: { user_id, amount: 100 } });
    expect(granted).toMatchObject({ balance: 150, granted: 100 });
    expect(await balanceOf(user)).toBe(150);
  });

  test('credits that do not suffice are refused before the backend is asked', async () => {
    const user = await signInAs(temp.visitor, temp.stack.info.admin_api_key, 'spender@example.com');
    const dear = order({ query: 'x', preset: 'hd' });
    for (let left = 40; left >= 0; left -= 10) {
      const { headers } = await user.requestWithHeaders(generate, dear);
      expect(headers.get('x-credits-remaining')).toBe(String(left));
    }
    const refusal = await refusalOf(user.request(generate, dear));
    expect(refusal).toBeInstanceOf(InsufficientCreditsError);
    expect(refusal).toMatchObject({
      status: 402,
      code: 'auth.insufficient_credits',
      cost: 10,
      balance: 0,
      detail: 'Insufficient credits. This operation costs 10 credits.',
    });
    const { headers } = await user.requestWithHeaders('/api/v1/users/me/timepoints');
    expect(headers.get('x-credits-charged')).toBeNull();
  });
});

describe('a trace', () => {
  /** `service: span < its parent < …` for every span of a trace, up to the caller's. */
  function pathsOf(traceId: string, callersSpan: string): string[] {
    const spans = new Map(
      collector.spans.filter((span) => span.traceId === traceId).map((span) => [span.spanId, span] as const),
    );
    const pathTo = (span: CollectedSpan): string => {
      const own = `${span.service}: ${span.name}`;
      if (span.parentSpanId === callersSpan) return own;
      const parent = spans.get(span.parentSpanId);
      return `${own} < ${parent === undefined ? 'lost' : pathTo(parent)}`;
    };
    return [...spans.values()].map(pathTo);
  }

  test('one metered request shows every hop, whatever the stranger who sent it says of sampling', async () => {
    const asAdmin = temp.visitor.as({ adminKey: temp.stack.info.admin_api_key });
    const { access_token: token } = await asAdmin.call('auth.devToken', { body: { email: 'traced@example.com' } });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const callersSpan = 'b7ad6b7169203331';
    const answer = await fetch(temp.stack.info.edge_url + generate, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': 'one-trace',
        traceparent: `00-${traceId}-${callersSpan}-00`,
      },
      body: JSON.stringify({ query: 'x' }),
    });
    expect(answer.status).toBe(200);

    const edge = `edge-proxy: POST ${generate}`;
    const reserve = `credits: POST /internal/credits/reservations < edge-proxy: POST credits < edge-proxy: reserve < ${edge}`;
    const settle = `credits: POST /internal/credits/reservations/:id/settle < edge-proxy: POST credits < edge-proxy: settle < ${edge}`;
    await waitFor(() => {
      const paths = pathsOf(traceId, callersSpan);
      expect(paths).toEqual(
        expect.arrayContaining([
          edge,
          `edge-proxy: authenticate < ${edge}`,
          `auth: POST /internal/auth/introspect < edge-proxy: POST auth < edge-proxy: authenticate < ${edge}`,
          `edge-proxy: limit < ${edge}`,
          `edge-proxy: EVALSHA < edge-proxy: limit < ${edge}`,
          `edge-proxy: SET < edge-proxy: replay < ${edge}`,
          `edge-proxy: EVAL < edge-proxy: keep answer < ${edge}`,
          reserve,
          expect.stringMatching(new RegExp(`^credits: SELECT .* < credits: reserve < ${escaped(reserve)}$`)),
          `edge-proxy: upstream < ${edge}`,
          settle,
          expect.stringMatching(new RegExp(`^credits: SELECT .* < credits: resolve < ${escaped(settle)}$`)),
          expect.stringMatching(new RegExp(`^example-downstream: POST .* < edge-proxy: upstream < ${escaped(edge)}$`)),
        ]),
      );
      expect(paths.filter((path) => path.endsWith('lost'))).toEqual([]);
      return true;
    });
    const whole = collector.spans.find((span) => span.traceId === traceId && span.parentSpanId === callersSpan);
    expect(whole?.attributes).toMatchObject({
      'http.route': generate,
      'turnpike.request_id': answer.headers.get('x-request-id'),
    });
  });

  test('an event goes on in the trace of the request that caused it', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const callersSpan = '00f067aa0ba902b7';
    const answer = await fetch(`${temp.stack.info.edge_url}/api/v1/auth/dev/token`, {
      method: 'POST',
      headers: {
        'X-Admin-Key': temp.stack.info.admin_api_key,
        'Content-Type': 'application/json',
        traceparent: `00-${traceId}-${callersSpan}-01`,
      },
      body: JSON.stringify({ email: 'told-of@example.com' }),
    });
    expect(answer.status).toBe(200);
    const users = 'users: POST /internal/users/find-or-create < auth: POST /internal/users/find-or-create';
    const request = `${users} < auth: POST /api/v1/auth/dev/token < edge-proxy: upstream < edge-proxy: POST /api/v1/auth/dev/token`;
    await waitFor(() => {
      const paths = pathsOf(traceId, callersSpan);
      expect(paths).toContainEqual(
        expect.stringMatching(
          new RegExp(`^credits.*: \\w+.* < credits.*: process user.created < ${escaped(request)}$`),
        ),
      );
      expect(paths.filter((path) => path.endsWith('lost'))).toEqual([]);
      return true;
    });
  });
});

/** A text as it stands, in a regular expression. */
function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('killing any one process by force', () => {
  test.each(['auth', 'users', 'credits', 'usage', 'llm', 'example-downstream', 'edge-proxy', 'redis', 'postgres'])(
    '%s comes back, and nothing is lost',
    async (name) => {
      const user = await signInAs(temp.visitor, temp.stack.info.admin_api_key, `survivor-${name}@example.com`);
      await user.request(generate, order({ query: 'before' }));

      const before = temp.stack.processes()[name];
      if (before === undefined) throw new Error(`${name} does not run`);
      process.kill(before, 'SIGKILL');

      await waitFor(() => {
        const now = temp.stack.processes()[name];
        return now !== undefined && now !== before;
      });
      const made = await waitFor(() => user.requestWithHeaders(generate, order({ query: 'after' })), {
        intervalMs: 200,
      });
      expect(made.headers.get('x-credits-remaining')).toBe('40');
      expect(await balanceOf(user)).toBe(40);
    },
  );
});

test('every key that all this has left in Redis is of a declared kind', async () => {
  const redis = new Redis(temp.stack.info.redis_url);
  try {
    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !isDeclaredRedisKey(key))).toEqual([]);
  } finally {
    redis.disconnect();
  }
});
