import { Agent } from 'node:http';
import { createRedis, exposeRedis, type ServiceTools } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import { Gateway } from './gateway.ts';
import { loadAssets, type Assets } from './pages/assets.ts';
import { ScopedTokens } from './sessions/scoped-tokens.ts';
import { SealedStore } from './sessions/sealed-store.ts';
import { Sessions } from './sessions/sessions.ts';
import { Attempts } from './sign-in/attempts.ts';
import { Tickets } from './sign-in/tickets.ts';

/** Connections kept to the edge. */
const CONNECTIONS_MAX = 256;

/** What the console works with. */
export interface Context {
  readonly config: Config;
  readonly gateway: Gateway;
  readonly agent: Agent;
  readonly sessions: Sessions;
  readonly scopedTokens: ScopedTokens;
  readonly tickets: Tickets;
  readonly attempts: Attempts;
  readonly assets: Assets;
  /** Rejects where Redis does not take a write. */
  readonly checkStore: () => Promise<unknown>;
  close(): Promise<void>;
}

/** Opens what the console works with. Connections are made on demand; throws `ConfigError` where the pages are not built. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const redis = createRedis(config.REDIS_URL, logger);
  exposeRedis(redis, metrics);
  const store = new SealedStore(redis);
  const gateway = new Gateway(config);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const sessions = new Sessions({
    store,
    gateway,
    idleMs: config.CONSOLE_IDLE_SECONDS * 1_000,
    lifeMs: config.CONSOLE_SESSION_SECONDS * 1_000,
    now: () => Date.now(),
  });
  return {
    config,
    gateway,
    agent,
    sessions,
    scopedTokens: new ScopedTokens(store, gateway, () => Date.now()),
    tickets: new Tickets(store),
    attempts: new Attempts(store),
    assets: loadAssets(),
    checkStore: () => store.check(),
    close() {
      agent.destroy();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
