import type pg from 'pg';
import { startStack } from '@turnpike/local-stack';
import type { Stack } from '@turnpike/local-stack';
import { bundled, createTestRedis, freePort, SHORT_LIVED_FLAGS, withClient } from '@turnpike/test-kit';
import { populate } from '@turnpike/test-kit/population';
import { stackEnvironment, tempDataDir } from './temp-stack.ts';

/** Services with a database: its name, and the variable of the service's port. */
const services = {
  auth: { database: 'turnpike_auth', portVariable: 'AUTH_PORT' },
  users: { database: 'turnpike_users', portVariable: 'USERS_PORT' },
  credits: { database: 'turnpike_credits', portVariable: 'CREDITS_PORT' },
  llm: { database: 'turnpike_llm', portVariable: 'LLM_PORT' },
  'example-downstream': { database: 'turnpike_example', portVariable: 'DOWNSTREAM_PORT' },
} as const;
type Service = keyof typeof services;
const names = Object.keys(services) as Service[];

/** The whole stack over databases that have been filled. */
export interface LargeStack {
  stack: Stack;
  /** Address of a service itself, past the edge. */
  urlOf: (service: Service) => string;
  /** Runs SQL on a service's database with every right. */
  sql: (service: Service, text: string) => Promise<unknown[]>;
  dispose: () => Promise<void>;
}

/** Tables that do not grow with users or calls. */
export const smallTables: ReadonlySet<string> = new Set([
  'operator',
  'policy_clock',
  'signing_key',
  'price',
  'plan',
  'verification',
  'ledger_total',
  'archive_run',
  'audit_period',
  '_prisma_migrations',
  '_turnpike_functions',
]);

/**
 * Starts the stack on `serverUrl`, fills its databases with so many users, and starts it again, so that what services do when they start
 * meets the rows too. `prepare` runs in between on each database.
 */
export async function startLargeStack(
  serverUrl: string,
  users: number,
  prepare: (client: pg.Client, service: Service) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<LargeStack> {
  const { dataDir, remove } = await tempDataDir();
  const redis = await createTestRedis();
  const ports = new Map<Service, number>();
  for (const name of names) ports.set(name, await freePort());
  const environment = stackEnvironment(dataDir, {
    DATABASE_URL: serverUrl,
    REDIS_URL: redis.url,
    ...Object.fromEntries(names.map((name) => [services[name].portVariable, String(ports.get(name))])),
    ...more,
  });
  const databaseUrl = (service: Service): string => {
    const url = new URL(serverUrl);
    url.pathname = `/${services[service].database}`;
    return url.toString();
  };
  try {
    await (await startStack({ environment, programOf: bundled, nodeFlags: SHORT_LIVED_FLAGS })).stop();
    for (const service of names) {
      await populate(databaseUrl(service), service, { from: 0, to: users, entries: 5, smallTables });
      await withClient({ connectionString: databaseUrl(service) }, (client) => prepare(client, service));
    }
    // Schedules begin anew, so every job runs at once.
    await redis.flush();
    const stack = await startStack({ environment, programOf: bundled, nodeFlags: SHORT_LIVED_FLAGS });
    return {
      stack,
      urlOf: (service) => `http://127.0.0.1:${ports.get(service)}`,
      sql: (service, text) =>
        withClient(
          { connectionString: databaseUrl(service) },
          async (client) => (await client.query(text)).rows as unknown[],
        ),
      async dispose() {
        await stack.stop();
        await redis.flush();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
