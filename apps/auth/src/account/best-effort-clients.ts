import { createInternalClient, type InternalClient } from '@turnpike/service-kit';
import type { Config } from '../config.ts';

/** How long an answer waits for a part that another service holds, in milliseconds. */
const PART_TIMEOUT_MS = 1_500;

/** Clients with a short deadline and one attempt, for answers that can do without them. */
export interface BestEffortClients {
  readonly users: InternalClient;
  readonly credits: InternalClient;
  readonly llm: InternalClient;
  readonly usage: InternalClient;
  close(): Promise<void>;
}

export function createBestEffortClients(config: Config): BestEffortClients {
  const clientOf = (service: string, baseUrl: string): InternalClient =>
    createInternalClient({
      service,
      baseUrl,
      serviceKey: config.SERVICE_API_KEY[0],
      timeoutMs: PART_TIMEOUT_MS,
      attemptsMax: 1,
    });
  const users = clientOf('users', config.USERS_URL);
  const credits = clientOf('credits', config.CREDITS_URL);
  const llm = clientOf('llm', config.LLM_URL);
  const usage = clientOf('usage', config.USAGE_URL);
  return {
    users,
    credits,
    llm,
    usage,
    async close() {
      await Promise.all([users.close(), credits.close(), llm.close(), usage.close()]);
    },
  };
}
