import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { devToken } from '@turnpike/contracts';
import { startStack } from '@turnpike/local-stack';
import { FREE_PORTS, freePort, startNodeService } from '@turnpike/local-stack/servers';

const STOP_TIMEOUT_MS = 10_000;
const WAIT_MS = 20;
const GRANT_TIMEOUT_MS = 30_000;
/** Sign-ins under way at once. */
const SIGN_INS = 8;

const EDGE_ENTRY = new URL('../../../apps/edge-proxy/src/main.ts', import.meta.url).href;

/** The routes that are measured: a free one, a metered one, a stream. */
const ROUTES = `
version: 1
upstreams:
  bench: { url: FLASH_URL, serviceKey: FLASH_SERVICE_KEY, connectionsMax: 4096 }
routes:
  - { id: bench.free, path: /bench/free, methods: [GET], upstream: bench, auth: required, charge: none, limit: tier, scope: any }
  - { id: bench.metered, path: /bench/metered, methods: [POST], upstream: bench, auth: required, charge: { operation: generate_balanced }, limit: tier, scope: any }
  - { id: bench.events, path: /bench/events, methods: [GET], upstream: bench, auth: required, charge: none, limit: tier, scope: any }
`;

/** A process that the bench started. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** Turnpike on this machine as `pnpm start` starts it, with a bare upstream in the place of the backends. */
export interface BenchStack {
  /** A folder of the run, which nginx's workers may enter. */
  readonly folder: string;
  readonly edge: { readonly url: string; readonly pid: number };
  readonly upstream: Running;
  /** For programs that speak to the services themselves. */
  readonly environment: Readonly<Record<string, string>>;
  /** One more edge, on the same stack and started the same way, with some variables changed. */
  startEdge(env: Readonly<Record<string, string>>): Promise<Running>;
  /** The PostgreSQL server, with every right. */
  readonly databaseUrl: string;
  /** Of an operator, for the edge. */
  readonly adminKey: string;
  readonly postgresPid: number;
  /** The processes of the stack, stores included, by name. */
  processes(): Readonly<Record<string, number>>;
  /** Every process of the stack but the edge, the upstream among them. */
  readonly behindTheEdge: readonly number[];
  /** New sessions of `count` users, the same users each time; an access token lives for 15 minutes. */
  signIn(count: number): Promise<string[]>;
  /** New sessions of the users with these numbers, in this order. */
  signInAs(numbers: readonly number[]): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts one of `programs/`. */
export async function startProgram(
  entry: string,
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<Running> {
  const lines: string[] = [];
  const service = await startNodeService({
    entry: fileURLToPath(entry),
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    onLine: (line) => lines.push(line),
    stopTimeoutMs: STOP_TIMEOUT_MS,
    nodeFlags,
  });
  const url = await service.listening.catch((cause: unknown) => {
    throw new Error(`${entry} did not start:\n${lines.join('\n')}`, { cause });
  });
  return { url, pid: service.pid, stop: () => service.stop() };
}

/** `more`: further variables of the stack, which may name files in its folder. */
export async function startBenchStack(
  more: (folder: string) => Promise<Readonly<Record<string, string>>> = () => Promise.resolve({}),
): Promise<BenchStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-bench-'));
  await chmod(folder, 0o755);
  const routesFile = path.join(folder, 'routes.yaml');
  await writeFile(routesFile, ROUTES);
  const upstream = await startProgram(import.meta.resolve('./programs/upstream.ts'));
  const ports: Record<string, string> = {};
  for (const name of Object.keys(FREE_PORTS)) ports[name] = String(await freePort());
  const stack = await startStack({
    environment: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: path.join(folder, 'data'),
      ...ports,
      ROUTES_FILE: routesFile,
      FLASH_URL: upstream.url,
      SIGNUP_CREDITS: '1000000',
      // Two windows each, both exact in Redis, that no run fills.
      RATE_LIMIT_TIERS: JSON.stringify({
        free: { per_minute: 100_000_000, per_day: 10_000_000_000 },
        admin: { per_minute: 100_000_000 },
      }),
      ...(await more(folder)),
    },
  });
  const {
    edge_url: edgeUrl,
    database_url: databaseUrl,
    redis_url: redisUrl,
    admin_api_key: adminKey,
    service_api_key: serviceKey,
  } = stack.info;
  const { 'edge-proxy': edgePid, ...others } = stack.processes();
  const { postgres: postgresPid } = others;
  if (edgePid === undefined || postgresPid === undefined) throw new Error('the edge or PostgreSQL is not running');
  const signInAs = (numbers: readonly number[]): Promise<string[]> => signInUsers(edgeUrl, adminKey, numbers);
  return {
    folder,
    edge: { url: edgeUrl, pid: edgePid },
    upstream,
    environment: {
      UPSTREAM_URL: upstream.url,
      AUTH_URL: `http://127.0.0.1:${ports['AUTH_PORT']}`,
      CREDITS_URL: `http://127.0.0.1:${ports['CREDITS_PORT']}`,
      REDIS_URL: redisUrl,
      SERVICE_API_KEY: serviceKey,
    },
    processes: () =>
      Object.fromEntries(
        Object.entries(stack.processes()).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid]])),
      ),
    behindTheEdge: [upstream.pid, ...Object.values(others).filter((pid) => pid !== undefined)],
    startEdge: async (env) =>
      startProgram(
        EDGE_ENTRY,
        { ...(await environmentOf(edgePid)), EDGE_PORT: '0', PORT: '0', ...env },
        await nodeFlagsOf(edgePid),
      ),
    databaseUrl,
    adminKey,
    postgresPid,
    signIn: (count) => signInAs(Array.from({ length: count }, (_, number) => number)),
    signInAs,
    async stop() {
      await stack.stop();
      await upstream.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a process was started with, by its own account in /proc (proc(5)). */
async function environmentOf(pid: number): Promise<Record<string, string>> {
  const lines = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Options that Node was given, those between the program and its script. */
async function nodeFlagsOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((part) => part.startsWith('--'));
}

/** The address by which a user of the bench signs in. */
export function emailOf(number: number | string): string {
  return `user-${number}@bench.example`;
}

async function signInUsers(edgeUrl: string, adminKey: string, numbers: readonly number[]): Promise<string[]> {
  const tokens: string[] = [];
  const waiting = numbers.entries();
  const sign = async (): Promise<void> => {
    // The signers share one iterator, so each takes the next number that nobody has.
    for (const [index, number] of waiting) {
      const response = await fetch(`${edgeUrl}${devToken.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-admin-key': adminKey },
        body: JSON.stringify({ email: emailOf(number), tier: 'free' }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(`signing in was answered with ${response.status}`);
      tokens[index] = answer.access_token;
      await untilCredited(edgeUrl, answer.access_token);
    }
  };
  await Promise.all(Array.from({ length: SIGN_INS }, sign));
  return tokens;
}

/** The sign-up grant may come a moment after the first sign-in. */
async function untilCredited(edgeUrl: string, token: string): Promise<void> {
  const giveUpAt = performance.now() + GRANT_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`${edgeUrl}/api/v1/credits/balance`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { balance } = (await response.json()) as { balance?: number };
    if (balance !== undefined && balance > 0) return;
    if (performance.now() > giveUpAt) throw new Error('the sign-up credits did not arrive');
    await sleep(WAIT_MS);
  }
}
