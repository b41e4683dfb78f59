import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freePort, stepClock, steppedClock, waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Order and ages are no matter of what the wall clock says: it is set back by an hour while things are under way. */
export const clockThatStepsBack: StackTests = (shared) => {
  const LIST = '/api/v1/timepoints';

  let stack: EdgeStack;
  let way: TcpProxy;
  let edge: RunningApp;
  let metricsUrl: string;
  let user: SignedIn;
  beforeAll(async () => {
    stack = await withEdge(shared());
    const { host, pathname } = new URL(stack.redis.url);
    way = await startTcpProxy(`http://${host}`);
    const metricsPort = await freePort();
    metricsUrl = `http://127.0.0.1:${metricsPort}`;
    edge = await stack.startEdge({
      ...steppedClock({ stepMs: -3_600_000 }),
      REDIS_URL: `redis://127.0.0.1:${way.port}${pathname}`,
      METRICS_PORT: String(metricsPort),
    });
  });
  afterAll(async () => {
    await stack.stop();
    await way.close();
  });
  beforeEach(async () => {
    stack.upstream.reset();
    way.set('pass');
    user = await stack.signIn();
  });

  const list = (who = user) => send(edge.url, LIST, { token: who.token });
  const logout = ({ token }: SignedIn) => stack.send('/api/v1/auth/logout', { method: 'POST', token });
  async function gauge(name: string): Promise<number> {
    const { text } = await send(metricsUrl, '/metrics');
    return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
  }

  test('a credential that was remembered before the step ends with a revocation after it, and one revoked before it stays ended', async () => {
    const before = await stack.signIn();
    for (const who of [before, user]) expect((await list(who)).status).toBe(200);
    await logout(before);
    await waitFor(async () => (await list(before)).body['code'] === 'auth.session_revoked');
    await stepClock(edge);
    await logout(user);
    await waitFor(async () => (await list()).body['code'] === 'auth.session_revoked');
    expect((await list(before)).body['code']).toBe('auth.session_revoked');
  });

  test('without Redis auth is asked at the same pace as before', async () => {
    expect((await list()).status).toBe(200);
    way.set('refuse');
    await waitFor(async () => (await gauge('turnpike_edge_revocation_stream_age_seconds')) > 1);
    await stepClock(edge);
    await logout(user);
    await waitFor(async () => (await list()).body['code'] === 'auth.session_revoked');
    await waitFor(async () => {
      const ageSeconds = await gauge('turnpike_edge_revocation_knowledge_age_seconds');
      return ageSeconds >= 0 && ageSeconds < 5;
    });
  });

  test('limits are the store’s again as soon as it is up again', async () => {
    way.set('refuse');
    await waitFor(async () => {
      await list();
      return (await gauge('turnpike_edge_limiter_degraded')) === 1;
    });
    await stepClock(edge);
    way.set('pass');
    await waitFor(async () => {
      await list();
      return (await gauge('turnpike_edge_limiter_degraded')) === 0;
    });
  });

  test('an upstream that works again is used again', async () => {
    stack.upstream.respond = (_request, response) => void response.destroy();
    await waitFor(async () => (await list()).status === 503);
    await stepClock(edge);
    stack.upstream.reset();
    await waitFor(async () => (await list()).status === 200);
  });

  test('after all of it the ledger verifies', () => stack.verify());
};
