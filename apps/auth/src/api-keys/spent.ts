import { keysSpent } from '@turnpike/contracts';
import type { InternalClient, Logger } from '@turnpike/service-kit';
import type { ApiKeyRow } from './stores/api-keys.ts';

/** Credits that calls with keys cost in the current periods of their spend limits, by id. A key that is missing has no limit, or the LLM gateway is down. */
export type Spent = ReadonlyMap<string, number>;

/** Asks the LLM gateway, once for all keys. Never rejects: a key is shown without it. */
export async function spentOf(
  keys: readonly Pick<ApiKeyRow, 'id' | 'constraints'>[],
  llm: InternalClient,
  logger: Logger,
): Promise<Spent> {
  const limited = keys.flatMap(({ id, constraints: { spend_limit: limit } }) =>
    limit === undefined ? [] : [{ id, period: limit.period }],
  );
  if (limited.length === 0) return new Map();
  try {
    const { spent } = await llm.call(keysSpent, { body: { keys: limited } });
    return new Map(spent.map(({ id, credits }) => [id, credits]));
  } catch (err) {
    logger.warn({ err }, 'keys are shown without what they spent');
    return new Map();
  }
}
