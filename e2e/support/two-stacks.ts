import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack, type Stack } from '@turnpike/local-stack';
import { freePort, startBalancer, startPostgres, startRedis, type Balancer } from '@turnpike/test-kit';
import { runStart, type CommandRun } from './cli.ts';
import { layOutPrograms } from './recorded-programs.ts';
import { loadRelease, readRelease } from './recorded-release.ts';
import { stackEnvironment, tempDataDir } from './temp-stack.ts';

/** A recorded release and this one. */
export type Side = 'before' | 'now';

/** Both releases' stacks on the same databases and Redis. What calls a service of ours reaches those of both. */
export interface TwoStacks {
  /** The server with the databases. */
  readonly databaseUrl: string;
  readonly adminKey: string;
  readonly edgeUrls: Readonly<Record<Side, string>>;
  /** Starts a release as its own `start` does, with its own migrations, and resolves once all callers reach it. */
  start(side: Side): Promise<void>;
  /** Ends a release as an orchestrator does, while the other goes on. */
  stop(side: Side): Promise<void>;
  /** Connections from the callers of each release to the services of each, as `<callers> to <service> of <release>`. */
  connections(): Readonly<Record<string, number>>;
  dispose(): Promise<void>;
}

/** Services that are found by a URL, which here leads to those of both releases. */
const SERVICES = ['AUTH', 'USERS', 'CREDITS', 'USAGE', 'LLM'] as const;
const SIDES: readonly Side[] = ['before', 'now'];
/** Long enough for the balancers to see that a service goes, and for a busy machine to end what is under way. */
const LEAVING = { SHUTDOWN_DRAIN_MS: '2000', SHUTDOWN_TIMEOUT_MS: '15000' };

/** Lays out the release's programs and databases; nothing is started but the stores. */
export async function prepareTwoStacks(release: string): Promise<TwoStacks> {
  const disposers: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const each of disposers.splice(0).reverse()) await each();
  };
  try {
    const [postgres, redis] = [await startPostgres(), await startRedis()];
    disposers.push(postgres.dispose, redis.dispose);
    await loadRelease(release, postgres.url);
    const root = await mkdtemp(path.join(tmpdir(), 'turnpike-before-'));
    disposers.push(() => rm(root, { recursive: true, force: true }));
    await layOutPrograms(release, root);
    const stores = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    const stacks = await stacksOn(release, stores, root, disposers);
    return {
      databaseUrl: postgres.url,
      adminKey: (readRelease(release).secrets['ADMIN_API_KEY'] ?? '').split(',')[0] ?? '',
      ...stacks,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function stacksOn(
  release: string,
  stores: Readonly<Record<string, string>>,
  root: string,
  disposers: (() => Promise<unknown>)[],
): Promise<Pick<TwoStacks, 'edgeUrls' | 'start' | 'stop' | 'connections'>> {
  const ports: Record<string, string> = {};
  const balancers = new Map<string, Balancer>();
  const dataDirs: Record<string, string> = {};
  for (const side of SIDES) {
    for (const name of [...SERVICES, 'EDGE']) ports[`${side} ${name}`] = String(await freePort());
    for (const name of SERVICES) {
      const balancer = await startBalancer();
      balancers.set(`${side} ${name}`, balancer);
      disposers.push(() => balancer.close());
    }
    const { dataDir, remove } = await tempDataDir();
    disposers.push(remove);
    dataDirs[side] = dataDir;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(path.join(dataDir, 'secrets.json'), JSON.stringify(readRelease(release).secrets), { mode: 0o600 });
  }
  const urlOf = (side: Side, name: string): string => `http://127.0.0.1:${ports[`${side} ${name}`]}`;
  const balancerOf = (side: Side, name: string): Balancer => {
    const balancer = balancers.get(`${side} ${name}`);
    if (balancer === undefined) throw new Error(`There is no balancer of ${name}`);
    return balancer;
  };
  const environmentOf = (side: Side): NodeJS.ProcessEnv =>
    stackEnvironment(dataDirs[side] ?? '', {
      ...stores,
      ...LEAVING,
      EDGE_PORT: ports[`${side} EDGE`] ?? '',
      ...Object.fromEntries(SERVICES.map((name) => [`${name}_PORT`, ports[`${side} ${name}`] ?? ''])),
      ...Object.fromEntries(SERVICES.map((name) => [`${name}_URL`, balancerOf(side, name).url])),
    });
  let before: CommandRun | undefined;
  let now: Stack | undefined;
  const stop = async (side: Side): Promise<void> => {
    if (side === 'now') await now?.stop();
    else if (before?.child.exitCode === null) {
      before.child.kill('SIGINT');
      await before.ended;
    }
  };
  disposers.push(
    () => stop('before'),
    () => stop('now'),
  );
  return {
    edgeUrls: { before: urlOf('before', 'EDGE'), now: urlOf('now', 'EDGE') },
    stop,
    async start(side) {
      // Its services need each other to start, so they are on the list before they answer.
      for (const name of SERVICES) for (const callers of SIDES) balancerOf(callers, name).add(urlOf(side, name));
      if (side === 'now') now = await startStack({ environment: environmentOf('now') });
      else {
        before = runStart(environmentOf('before'), root);
        await before.shows('Ctrl-C stops everything');
      }
    },
    connections: () =>
      Object.fromEntries(
        SERVICES.flatMap((name) =>
          SIDES.flatMap((callers) =>
            SIDES.map((side) => [
              `${callers} to ${name} of ${side}`,
              balancerOf(callers, name).given(urlOf(side, name)),
            ]),
          ),
        ),
      ),
  };
}
