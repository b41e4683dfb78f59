import { readConfigValues, type ConfigKey, type ConfigValues } from '@turnpike/contracts';
import type { InternalClient } from '../http/internal-client.ts';
import type { Logger } from '../process/logger.ts';
import { listenForConfigChanges } from './config-changes.ts';

/** How long values are believed without being announced as changed, in milliseconds. */
const FRESH_MS = 60_000;
/** How long values are believed on after users did not answer, in milliseconds. */
const RETRY_MS = 5_000;
/** Organisations whose values are kept; past them the one that was first asked about is forgotten. */
const ORGANISATIONS_MAX = 10_000;
/** Name of the values that hold for whoever has none of their own. */
const EVERYBODY = '';

/** The configuration in force, as a service acts by it. */
export interface OrganisationConfig<K extends ConfigKey> {
  /**
   * Values in force for an organisation, or without one for whoever has none of their own. At most 60 s old, and a second where Redis
   * works. Throws `service.unavailable` where users does not answer and they are not known, or known to have changed.
   */
  of(organisationId?: string): Promise<ConfigValues<K>>;
  close(): Promise<void>;
}

export interface OrganisationConfigOptions<K extends ConfigKey> {
  readonly users: Pick<InternalClient, 'call'>;
  /** The keys that the service acts by; it is told no others. */
  readonly keys: readonly K[];
  readonly redisUrl: string;
  readonly logger: Logger;
}

interface Kept<K extends ConfigKey> {
  readonly values: Promise<ConfigValues<K>>;
  /** By the clock that never steps. */
  readonly freshUntilMs: number;
}

/** Reads configuration values from users, and keeps them until they change. */
export function createOrganisationConfig<const K extends ConfigKey>({
  users,
  keys,
  redisUrl,
  logger,
}: OrganisationConfigOptions<K>): OrganisationConfig<K> {
  const kept = new Map<string, Kept<K>>();
  const ours: ReadonlySet<string> = new Set(keys);

  const changes = listenForConfigChanges(redisUrl, logger, {
    changed({ organisationId, key }) {
      if (!ours.has(key)) return;
      if (organisationId === EVERYBODY) kept.clear();
      else kept.delete(organisationId);
    },
    // What was announced meanwhile is not known, so everything is asked for anew, and believed while users is down.
    missed() {
      for (const [id, entry] of kept) kept.set(id, { ...entry, freshUntilMs: 0 });
    },
  });

  async function fetch(organisationId: string): Promise<ConfigValues<K>> {
    const query = { keys: keys.join(','), ...(organisationId === EVERYBODY ? {} : { organisation: organisationId }) };
    const { items } = await users.call(readConfigValues, { query });
    // Users has checked each by the registry.
    return Object.fromEntries(items.map(({ key, value }) => [key, value])) as ConfigValues<K>;
  }

  function ask(id: string, before: Kept<K> | undefined): Promise<ConfigValues<K>> {
    const values = fetch(id).catch((error: unknown) => {
      // Not where they were announced as changed meanwhile.
      const isCurrent = kept.get(id) === entry;
      if (isCurrent) kept.delete(id);
      if (!isCurrent || before === undefined) throw error;
      kept.set(id, { ...before, freshUntilMs: performance.now() + RETRY_MS });
      return before.values;
    });
    const entry: Kept<K> = { values, freshUntilMs: performance.now() + FRESH_MS };
    kept.delete(id);
    kept.set(id, entry);
    const [oldest] = kept.keys();
    if (kept.size > ORGANISATIONS_MAX && oldest !== undefined) kept.delete(oldest);
    return values;
  }

  return {
    of(organisationId = EVERYBODY) {
      const entry = kept.get(organisationId);
      return entry !== undefined && performance.now() < entry.freshUntilMs ? entry.values : ask(organisationId, entry);
    },
    close: () => changes.close(),
  };
}
