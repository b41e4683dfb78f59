import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Queue } from 'bullmq';
import {
  eventQueueName,
  HEADER,
  QUEUE_PREFIX,
  signGatewayRequestV2,
  type EventPayload,
  type EventType,
  type Role,
} from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { createTestDatabase, openClient, startApp, waitFor } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from '../open-ledger.ts';
import { INTERNAL_SECRET, NOWHERE, SERVICE_KEY, startCredits, type Answer } from '../start-credits.ts';

/** An organisation and a person in it. */
export interface Tenant {
  readonly id: string;
  readonly ownerId: string;
}

/** What a test says that a plan is, as in a plans file. */
export type PlanEntries = Readonly<Record<string, object>>;

/** The plans of these tests: the lowest first. */
export const PLANS: PlanEntries = {
  free: { name: 'Free', credits: 50, period: 'month', public: true },
  starter: { name: 'Starter', credits: 60, period: 'month', public: true },
  hidden: { credits: 1, period: 'month' },
  pro: {
    name: 'Pro',
    credits: 500,
    period: 'month',
    tier: 'pro',
    public: true,
    checkout: 'manual',
    limits: { members: 3 },
  },
  enterprise: {
    name: 'Enterprise',
    credits: 5000,
    period: 'month',
    tier: 'enterprise',
    public: true,
    checkout: 'manual',
  },
};

type Env = Readonly<Record<string, string>>;

/** A running credits service with the real auth's database of organisations beside it, whose clock a test can set, and the calls of members and operators. */
export async function startBilling(plans: PlanEntries = PLANS, env: Env = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-plans-'));
  const plansFile = path.join(folder, 'plans.yaml');
  await writeFile(plansFile, JSON.stringify({ plans }));
  const authDatabase = await createTestDatabase('auth');
  // Auth tells of organisations by events of its own Redis; here tests deliver them.
  const auth = await startApp('auth', {
    ...authDatabase.env,
    REDIS_URL: 'redis://127.0.0.1:9',
    AUTH_PORT: '0',
    USERS_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    AUTH_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
  });
  const organisations = await openClient({ connectionString: authDatabase.url });
  const credits = await startCredits({ AUTH_URL: auth.url, PLANS_FILE: plansFile, RENEW_MS: '3600000', ...env });
  await haveRunOnce(credits.app.url);
  const owner = await openClient({ connectionString: credits.database.url });
  await owner.query(`CREATE TABLE test_clock AS SELECT NULL::timestamptz AS stopped_at;
    GRANT SELECT ON test_clock TO turnpike_credits_service;
    CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
      SELECT coalesce((SELECT stopped_at FROM test_clock), clock_timestamp()) $$`);
  const ledger = openTestDatabase(credits.database);
  const queue = new Queue(eventQueueName('credits'), { connection: { url: credits.redis.url }, prefix: QUEUE_PREFIX });

  const as = (tenant: Tenant, method: string, route: string, body?: object, role: Role = 'owner', headers: Env = {}) =>
    credits.send(method, `/platform/api/service${route}`, body, {
      ...asMember(tenant, role, method, `/platform/api/service${route}`),
      ...headers,
    });

  return {
    credits,
    ledger,
    owner,
    as,
    /** Stops the database's clock at a moment; `undefined` lets it run again. */
    async setNow(moment: string | undefined): Promise<void> {
      await owner.query('UPDATE test_clock SET stopped_at = $1', [moment ?? null]);
    },
    /** A new organisation, of a new person unless told. */
    async tenant(ownerId: string = uuidv7()): Promise<Tenant> {
      const id = uuidv7();
      await organisations.query("INSERT INTO organisation (id, name) VALUES ($1, 'Acme')", [id]);
      await organisations.query("INSERT INTO account (user_id, tier) VALUES ($1, 'free') ON CONFLICT DO NOTHING", [
        ownerId,
      ]);
      await organisations.query(
        "INSERT INTO membership (id, organisation_id, user_id, role) VALUES ($1, $2, $3, 'owner')",
        [uuidv7(), id, ownerId],
      );
      return { id, ownerId };
    },
    subscribe: (tenant: Tenant, planId: string, headers: Env = {}): Promise<Answer> =>
      as(tenant, 'POST', '/subscriptions', { plan_id: planId }, 'admin', headers),
    current: (tenant: Tenant): Promise<Answer> => as(tenant, 'GET', '/subscriptions/current'),
    invoice: (tenant: Tenant, body: object): Promise<Answer> =>
      credits.send('PUT', `/platform/api/admin/tenants/${tenant.id}/subscription`, body, {
        'x-admin-key': String(credits.env['ADMIN_API_KEY']),
      }),
    async balance(tenant: Tenant): Promise<unknown> {
      const query = `owner_type=organisation&owner_id=${tenant.id}`;
      return (await credits.send('GET', `/internal/credits/balance?${query}`)).body['balance'];
    },
    /** Runs what time has made due, as the jobs do. */
    async letTimePass(): Promise<void> {
      for (const name of ['subscriptions', 'renew-allowances']) await runJob(credits.redis.url, name);
    },
    runJob: (name: string): Promise<void> => runJob(credits.redis.url, name),
    /** Delivers an event, and waits until it was handled. */
    async deliver<T extends EventType>(type: T, payload: EventPayload<T>): Promise<void> {
      const id = uuidv7();
      await queue.add(type, { id, type, payload, created_at: new Date().toISOString() }, { jobId: id });
      await waitFor(async () => (await queue.getJobState(id)) === 'completed');
    },
    /** What auth was last told of an organisation. */
    async lastTold({ id }: Tenant): Promise<Record<string, unknown> | undefined> {
      const { rows } = await owner.query<{ payload: Record<string, unknown> }>(
        `SELECT payload FROM outbox WHERE type = 'subscription.changed' AND payload->>'owner_id' = $1
          ORDER BY (payload->>'revision')::int DESC LIMIT 1`,
        [id],
      );
      return rows[0]?.payload;
    },
    /** Start, amount and source of each grant, oldest first. */
    async grantsOf({ id }: Tenant): Promise<[string, number, string][]> {
      const { rows } = await owner.query<{ at: Date; amount: string; source: string }>(
        `SELECT g.effective_at AS at, g.amount, g.source FROM "grant" g JOIN account a ON a.id = g.account_id
          WHERE a.owner_id = $1 ORDER BY g.effective_at, g.id`,
        [id],
      );
      return rows.map(({ at, amount, source }) => [at.toISOString().slice(0, 10), Number(amount) / 1e6, source]);
    },
    expectInvariantsHold: () => expectInvariantsHold(ledger, 10 * 366 * 86_400),
    async stop(): Promise<void> {
      await queue.close();
      await ledger.close();
      await owner.end();
      await credits.stop();
      await organisations.end();
      await auth.stop();
      await authDatabase.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export type Billing = Awaited<ReturnType<typeof startBilling>>;

/** Headers with which the edge vouches for a member of an organisation. */
function asMember({ id, ownerId }: Tenant, role: Role, method: string, route: string): Env {
  const timestamp = Math.floor(Date.now() / 1_000);
  const parts = { method, path: route.split('?', 1)[0] ?? route, userId: ownerId, timestamp, tenantId: id };
  return {
    [HEADER.userId]: ownerId,
    [HEADER.userTier]: 'free',
    [HEADER.gatewaySessionId]: ownerId,
    [HEADER.tenantId]: id,
    [HEADER.gatewayTenantRole]: role,
    [HEADER.gatewayTenantEnv]: 'prod',
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignatureV2]: signGatewayRequestV2(INTERNAL_SECRET, parts),
  };
}

/** Jobs run when a service starts. From then on they do when a test says so: what they find due depends on its clock. */
async function haveRunOnce(url: string): Promise<void> {
  await waitFor(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return ['subscriptions', 'renew-allowances', 'reconcile-payments'].every((job) =>
      new RegExp(`^turnpike_ledger_job_runs_total\\{[^}]*job="${job}"`, 'm').test(metrics),
    );
  });
}

async function runJob(redisUrl: string, name: string): Promise<void> {
  const jobs = new Queue('credits-jobs', { connection: { url: redisUrl }, prefix: QUEUE_PREFIX });
  try {
    const job = await jobs.add(name, {}, { removeOnComplete: false });
    await waitFor(async () => (await job.getState()) === 'completed');
  } finally {
    await jobs.close();
  }
}
