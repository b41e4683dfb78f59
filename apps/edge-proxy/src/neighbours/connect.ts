import { InternalHttp } from '@turnpike/ledger-client';
import type { EdgeConfig } from '../config.ts';

/** Turnpike's own services, as the edge calls them. */
export interface Neighbours {
  readonly auth: InternalHttp;
  readonly credits: InternalHttp;
  readonly users: InternalHttp;
  /** Asked how they are, and nothing else. */
  readonly usage: InternalHttp;
  readonly llm: InternalHttp;
  readonly close: () => Promise<void>;
}

const CONNECTIONS_MAX = 128;

/** Makes the clients; connections are made on demand. */
export function connectNeighbours(config: EdgeConfig): Neighbours {
  const [serviceKey] = config.SERVICE_API_KEY;
  const connect = (service: string, origin: string, timeoutMs: number): InternalHttp =>
    new InternalHttp({ service, origin, serviceKey, timeoutMs, connectionsMax: CONNECTIONS_MAX });
  const auth = connect('auth', config.AUTH_URL, config.AUTH_TIMEOUT_MS);
  const credits = connect('credits', config.CREDITS_URL, config.CREDITS_TIMEOUT_MS);
  const users = connect('users', config.USERS_URL, config.AUTH_TIMEOUT_MS);
  const usage = connect('usage', config.USAGE_URL, config.AUTH_TIMEOUT_MS);
  const llm = connect('llm', config.LLM_URL, config.AUTH_TIMEOUT_MS);
  return {
    auth,
    credits,
    users,
    usage,
    llm,
    async close() {
      await Promise.all([auth, credits, users, usage, llm].map((service) => service.close()));
    },
  };
}
