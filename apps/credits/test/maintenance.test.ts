import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLogger, createMetrics } from '@turnpike/service-kit';
import { openClient, createTestRedis, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { scheduleJobs } from '../src/jobs/schedule.ts';
import { callsOf, startCredits, type Credits } from './start-credits.ts';

const FAST = { SWEEP_HOLDS_MS: '200', SWEEP_GRANTS_MS: '200', RENEW_MS: '200', VERIFY_MS: '1000' };

/** A service that does no maintenance, and two workers that do nothing else. */
let credits: Credits;
let workers: RunningApp[];
let owner: pg.Client;
beforeAll(async () => {
  credits = await startCredits({ JOBS_IN_SERVICE: 'false' });
  const env = { ...credits.env, ...FAST, CREDITS_WORKER_PORT: '0' };
  workers = await Promise.all([startApp('credits', env, 'worker'), startApp('credits', env, 'worker')]);
  owner = await openClient({ connectionString: credits.database.url });
});
afterAll(async () => {
  await owner.end();
  await Promise.all(workers.map((worker) => worker.stop()));
  await credits.stop();
});

const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

describe('workers, two of them', () => {
  test('return holds, expire credits and renew allowances, each once', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => credits.userWith(50)));
    await Promise.all(
      users.map(async (user) => {
        await credits.reserve(user, 5, { ttl_seconds: 1 });
        // Late enough that a busy machine has taken it by then.
        await credits.grant(user, 7, { expires_at: new Date(Date.now() + 5_000).toISOString() });
        await credits.send('PUT', '/internal/credits/allowances/enterprise', {
          user_id: user,
          anchor_at: new Date(Date.now() - 86_400_000).toISOString(),
        });
      }),
    );
    // One period later than the anchor, moved to just now, is due.
    await owner.query(`UPDATE allowance SET next_due_at = clock_timestamp()`);
    await waitFor(async () => {
      const { rows } = await owner.query<{ kinds: string }>(
        `SELECT string_agg(kind || ' ' || count, ', ' ORDER BY kind) AS kinds FROM (SELECT t.kind, count(*) FROM transfer t GROUP BY 1) counted`,
      );
      const { rowCount: open } = await owner.query("SELECT FROM reservation WHERE state = 'open'");
      // Sign-up, purchase and two periods for each; nothing was charged; the purchase expired.
      return open === 0 && rows[0]?.kinds === 'expiry 10, grant 40';
    });
    expect(await Promise.all(users.map((user) => credits.balance(user)))).toEqual(users.map(() => 50 + 2 * 5_000));
  });

  test('answer health and metrics, and no route', async () => {
    const [worker] = workers;
    const url = worker?.url ?? '';
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await callsOf(url).send('GET', '/api/v1/credits/costs')).status).toBe(404);
  });
});

describe('metrics', () => {
  test('lag tells how far behind the clock due work is, in every process', async () => {
    for (const url of [credits.app.url, workers[0]?.url ?? '']) {
      const text = await metricsOf(url);
      for (const job of ['expire-holds', 'expire-grants', 'renew-allowances', 'relay-outbox'])
        expect(text).toContain(`turnpike_ledger_job_lag_seconds{job="${job}"`);
    }
  });

  test('a broken invariant is an alert, in every process, until it holds again', async () => {
    const user = await credits.userWith(5);
    const alert = /^turnpike_ledger_invariant_violations\{invariant="balance_is_in_grants"[^}]*\} (\d+)$/m;
    const value = async (url: string): Promise<string | undefined> => alert.exec(await metricsOf(url))?.[1];
    await waitFor(async () => (await value(credits.app.url)) === '0');
    await owner.query('UPDATE account SET balance = balance + 1 WHERE owner_id = $1', [user]);
    await waitFor(async () => (await value(credits.app.url)) === '1' && (await value(workers[1]?.url ?? '')) === '1');
    await waitFor(() =>
      workers.some((worker) =>
        worker.logs().some((line) => line.includes('ledger invariant broken') && line.includes('balance_is_in_grants')),
      ),
    );
    await owner.query('UPDATE account SET balance = balance - 1 WHERE owner_id = $1', [user]);
    await waitFor(async () => (await value(credits.app.url)) === '0');
  });
});

describe('schedules', () => {
  const tools = () => ({ logger: createLogger('test', 'silent'), metrics: createMetrics('test') });

  test('are written again for a Redis that has lost everything', async () => {
    const redis = await createTestRedis();
    let runs = 0;
    const jobs = [{ name: 'probe', everyMs: 50, run: () => Promise.resolve(void (runs += 1)) }];
    const running = scheduleJobs({ jobs, redisUrl: redis.url, rescheduleMs: 100, ...tools() });
    try {
      await waitFor(() => runs > 2);
      await redis.flush();
      const before = runs;
      await waitFor(() => runs > before + 2);
    } finally {
      await running.close();
    }
  });

  test('are shared: two processes run a job about as often as one', async () => {
    const redis = await createTestRedis();
    const times: number[] = [];
    const jobs = [{ name: 'probe', everyMs: 100, run: () => Promise.resolve(void times.push(Date.now())) }];
    const running = [1, 2, 3].map(() => scheduleJobs({ jobs, redisUrl: redis.url, ...tools() }));
    try {
      await waitFor(() => times.length >= 10);
      const first = times[0] ?? 0;
      expect((times[9] ?? 0) - first).toBeGreaterThan(500);
    } finally {
      await Promise.all(running.map((one) => one.close()));
    }
  });

  test('of one kind, however long it takes, keep no other waiting, and a process runs it once at a time', async () => {
    const redis = await createTestRedis();
    const gate = Promise.withResolvers<void>();
    let [long, most, others] = [0, 0, 0];
    const endless = async (): Promise<void> => {
      most = Math.max(most, (long += 1));
      await gate.promise;
      long -= 1;
    };
    const jobs = [
      { name: 'endless', everyMs: 20, run: endless },
      { name: 'probe', everyMs: 20, run: () => Promise.resolve(void (others += 1)) },
    ];
    const running = scheduleJobs({ jobs, redisUrl: redis.url, ...tools() });
    try {
      await waitFor(() => long > 0 && others > 20);
      expect(most).toBe(1);
    } finally {
      gate.resolve();
      await running.close();
    }
  });

  test('tell a run that is under way when the process stops, and begin no other', async () => {
    const redis = await createTestRedis();
    const started = Promise.withResolvers<void>();
    let begunAfterTheStop = 0;
    const job = (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) begunAfterTheStop += 1;
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
        started.resolve();
      });
    const running = scheduleJobs({ jobs: [{ name: 'long', everyMs: 50, run: job }], redisUrl: redis.url, ...tools() });
    await started.promise;
    await running.close();
    expect(begunAfterTheStop).toBe(0);
  });

  test('stop promptly where Redis never answered', async () => {
    const running = scheduleJobs({ jobs: [], redisUrl: 'redis://127.0.0.1:9', ...tools() });
    await running.close();
  });
});
