import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestRedis, startApp, type RunningApp, type TestRedis } from '@turnpike/test-kit';
import { KEYS } from './keys.ts';
import { startRawUpstream, type RawUpstream } from './raw-upstream.ts';
import { send, type Answer, type Sending } from './send.ts';
import { WIDE_LIMITS } from './stack.ts';

/** An edge with a raw upstream and nobody else: auth, users and credits are down. For what needs no signed-in caller. */
export interface LoneEdge {
  readonly edge: RunningApp;
  readonly upstream: RawUpstream;
  readonly redis: TestRedis;
  readonly env: Readonly<Record<string, string>>;
  send(target: string, sending?: Sending): Promise<Answer>;
  /** Writes another routes file in place of the one in force; takes effect on SIGHUP. */
  writeRoutes(yaml: string): Promise<void>;
  startEdge(env?: Readonly<Record<string, string>>): Promise<RunningApp>;
  stop(): Promise<void>;
}

/** Nobody listens on port 1. */
const NOWHERE = 'http://127.0.0.1:1';

/** One public route for everything below `/open`, one with limits of its own, one for WebSockets. `raw` is the upstream. */
export const OPEN_ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, headersTimeoutMs: 30000, idleTimeoutMs: 30000, connectTimeoutMs: 5000, breaker: { failures: 1000 } }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none, bodyBytesMax: 1000000 }
  - { id: open.small, path: /open/small, methods: [POST], upstream: raw, auth: public, charge: none, limit: tier, scope: none, bodyBytesMax: 100 }
  - { id: open.socket, path: /open/socket, methods: [GET], upstream: raw, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
  - { id: closed, path: /closed/*, methods: any, upstream: raw, auth: required, charge: none, limit: tier, scope: any }
`;

export async function startLoneEdge(
  env: Readonly<Record<string, string>> = {},
  routes = OPEN_ROUTES,
): Promise<LoneEdge> {
  const redis = await createTestRedis();
  const upstream = await startRawUpstream();
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-edge-'));
  const routesFile = path.join(folder, 'routes.yaml');
  await writeFile(routesFile, routes);
  const settings = {
    ...KEYS,
    RAW_SERVICE_KEY: 'edge-test-raw-key-0123456789abcdef',
    REDIS_URL: redis.url,
    AUTH_URL: NOWHERE,
    USERS_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    RAW_URL: upstream.url,
    ROUTES_FILE: routesFile,
    RATE_LIMIT_TIERS: WIDE_LIMITS,
    LOG_LEVEL: 'info',
    SHUTDOWN_TIMEOUT_MS: '1000',
    ...env,
  };
  const edges: RunningApp[] = [];
  const startEdge = async (more: Readonly<Record<string, string>> = {}): Promise<RunningApp> => {
    const started = await startApp('edge-proxy', { ...settings, ...more });
    edges.push(started);
    return started;
  };
  const edge = await startEdge();
  return {
    edge,
    upstream,
    redis,
    env: settings,
    send: (target, sending) => send(edge.url, target, sending),
    writeRoutes: (yaml) => writeFile(routesFile, yaml),
    startEdge,
    async stop() {
      await Promise.all(edges.map((each) => each.stop()));
      await upstream.close();
      await redis.flush();
      await rm(folder, { recursive: true });
    },
  };
}
