import { HEADER, signGatewayRequest } from '@turnpike/contracts';
import {
  createTestDatabase,
  createTestRedis,
  freePort,
  startApp,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';
import { ADMIN_KEY, call, SECRETS, SERVICE_KEY, type Answer } from './start-users.ts';

/** The services that take part in an erasure, by the name of their app. */
export type Member = 'users' | 'auth' | 'credits' | 'usage' | 'llm' | 'example-downstream';

const MEMBERS: readonly Member[] = ['users', 'auth', 'credits', 'usage', 'llm', 'example-downstream'];

const PORT_OF: Readonly<Record<Member, string>> = {
  users: 'USERS_PORT',
  auth: 'AUTH_PORT',
  credits: 'CREDITS_PORT',
  usage: 'USAGE_PORT',
  llm: 'LLM_PORT',
  'example-downstream': 'DOWNSTREAM_PORT',
};

/** Every service that knows something about a person, as real processes at addresses that stay the same when one is started again. */
export interface Stack {
  readonly apps: Record<Member, RunningApp>;
  readonly databases: Readonly<Record<Member, TestDatabase>>;
  readonly redisUrl: string;
  readonly urls: Readonly<Record<Member, string>>;
  /** Starts one again, after it was killed. */
  start(member: Member): Promise<void>;
  /** A call as the edge makes it for a user. */
  asUser(
    userId: string,
    member: Member,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  asService(member: Member, method: string, path: string, body?: unknown): Promise<Answer>;
  asOperator(
    member: Member,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  stop(): Promise<void>;
}

/** Headers by which the edge vouches for a user, before a service of ours or (`GATEWAY_SIGNING_SECRET`) a backend. */
export function vouchFor(
  userId: string,
  method: string,
  path: string,
  secret: keyof typeof SECRETS = 'INTERNAL_SIGNING_SECRET',
): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  const [signedPath = ''] = path.split('?');
  return {
    [HEADER.serviceKey]: SERVICE_KEY,
    [HEADER.userId]: userId,
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignature]: signGatewayRequest(SECRETS[secret], {
      method,
      path: signedPath,
      userId,
      timestamp,
    }),
  };
}

export async function startStack(env: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const redis = await createTestRedis();
  const ports = new Map<Member, number>();
  for (const member of MEMBERS) ports.set(member, await freePort());
  const urlOf = (member: Member): string => `http://127.0.0.1:${ports.get(member)}`;
  const entries = await Promise.all(MEMBERS.map(async (member) => [member, await createTestDatabase(member)] as const));
  const databases = Object.fromEntries(entries) as Record<Member, TestDatabase>;
  const shared = {
    REDIS_URL: redis.url,
    AUTH_URL: urlOf('auth'),
    USERS_URL: urlOf('users'),
    CREDITS_URL: urlOf('credits'),
    USAGE_URL: urlOf('usage'),
    LLM_URL: urlOf('llm'),
    FLASH_URL: urlOf('example-downstream'),
    SERVICE_API_KEY: SERVICE_KEY,
    FLASH_SERVICE_KEY: 'stack-flash-key-0123456789abcdef01234567',
    ADMIN_API_KEY: ADMIN_KEY,
    ...SECRETS,
    AUTH_ENCRYPTION_KEY: 'stack-encryption-key-0123456789abcdef',
    // Nobody listens there: mail waits in the queue and is tried again.
    SMTP_URL: 'smtp://127.0.0.1:9',
    ERASURE_STEP_TIMEOUT_MS: '2000',
    ERASURE_WEBHOOKS: JSON.stringify([
      {
        name: 'example',
        url: `${urlOf('example-downstream')}/webhooks/erasure`,
        service_key_variable: 'FLASH_SERVICE_KEY',
      },
    ]),
    ...env,
  };
  const launch = (member: Member) =>
    startApp(member, { ...shared, ...databases[member].env, [PORT_OF[member]]: String(ports.get(member)) });
  const started = await Promise.all(MEMBERS.map(async (member) => [member, await launch(member)] as const));
  const apps = Object.fromEntries(started) as Record<Member, RunningApp>;
  return {
    apps,
    databases,
    redisUrl: redis.url,
    urls: Object.fromEntries(MEMBERS.map((member) => [member, urlOf(member)])) as Record<Member, string>,
    async start(member) {
      apps[member] = await launch(member);
    },
    asUser: (userId, member, method, path, body, headers) =>
      call(urlOf(member), method, path, body, {
        ...vouchFor(
          userId,
          method,
          path,
          member === 'example-downstream' ? 'GATEWAY_SIGNING_SECRET' : 'INTERNAL_SIGNING_SECRET',
        ),
        ...headers,
      }),
    asService: (member, method, path, body) => call(urlOf(member), method, path, body),
    asOperator: (member, method, path, body, headers) =>
      call(urlOf(member), method, path, body, { [HEADER.adminKey]: ADMIN_KEY, ...headers }),
    async stop() {
      await Promise.all(MEMBERS.map((member) => apps[member].stop()));
      await Promise.all(MEMBERS.map((member) => databases[member].drop()));
      await redis.flush();
    },
  };
}
