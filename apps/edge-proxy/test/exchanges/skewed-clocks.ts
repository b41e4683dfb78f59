import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, steppedClock, waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/** A machine of ours whose clock is wrong is our outage: nobody is told that their credential is no good. */
export const skewedClocks: StackTests = (shared) => {
  const LIST = '/api/v1/timepoints';

  let stack: EdgeStack;
  let user: SignedIn;
  beforeAll(async () => {
    stack = await withEdge(shared());
    user = await stack.signIn();
  });
  afterAll(() => stack.stop());

  async function figure(url: string, name: string): Promise<number> {
    const { text } = await send(url, '/metrics');
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  }

  describe.each([600, -1_200])('an edge whose clock is off by %d s', (offSeconds) => {
    let edge: RunningApp;
    let metricsUrl: string;
    beforeAll(async () => {
      const metricsPort = await freePort();
      metricsUrl = `http://127.0.0.1:${metricsPort}`;
      edge = await stack.startEdge({
        ...steppedClock({ offsetMs: offSeconds * 1_000 }),
        METRICS_PORT: String(metricsPort),
      });
    });

    test('lets callers in, by the clock that dated their tokens, and remembers them', async () => {
      expect((await send(edge.url, LIST, { token: user.token })).status).toBe(200);
      expect(await figure(metricsUrl, 'turnpike_edge_cached_credentials')).toBe(1);
    });

    test('gets 503 where its signature is judged, which is logged and counted there', async () => {
      const before = await figure(stack.urls.auth, 'turnpike_gateway_signatures_stale_total');
      const answer = await send(edge.url, '/api/v1/auth/me', { token: user.token });
      expect([answer.status, answer.body['code']]).toEqual([503, 'service.unavailable']);
      expect(answer.headers['retry-after']).toBeDefined();
      expect(await figure(stack.urls.auth, 'turnpike_gateway_signatures_stale_total')).toBe(before + 1);
      await waitFor(() =>
        stack.apps.auth.logs().some((line) => /"level":"error".*gateway's clock is -?\d+ s ahead/.test(line)),
      );
    });

    test('shows it in its readiness and metrics, and is not taken out for it', async () => {
      await waitFor(async () => {
        const ready = await send(edge.url, '/health/ready');
        expect([ready.status, ready.body['status'], ready.body['checks']]).toEqual([
          200,
          'degraded',
          expect.objectContaining({ clock: 'down', auth: 'up' }),
        ]);
        return true;
      });
      expect(Math.abs((await figure(metricsUrl, 'turnpike_clock_skew_seconds')) - offSeconds)).toBeLessThan(30);
    });
  });

  test('an edge on time says so', async () => {
    await waitFor(async () => (await stack.send('/health/ready')).body['status'] === 'ready');
  });

  test('after all of it the ledger verifies', () => stack.verify());
};
