import { Counter } from '@prometheus-io/client';
import { listConfigOverrides, readConfigValues } from '@turnpike/contracts';
import type { ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const KEY = 'logs.retention_days';
const DAY_MS = 86_400_000;
/** Organisations that users and the store are asked about at once. */
const PAGE = 100;

/**
 * What removes the records that organisations want to keep for a shorter time than the installation does: hourly, once whoever archives them has had two
 * days at least. What the whole installation keeps is a matter of partitions.
 */
export function createRecordRetention(
  { store, users, logger }: Pick<Context, 'store' | 'users' | 'logger'>,
  metrics: ServiceTools['metrics'],
): () => Promise<void> {
  const removed = new Counter({
    name: 'turnpike_usage_records_removed_total',
    help: 'Records of requests that were removed since their organisation keeps them for a shorter time than the installation.',
    registers: [metrics.registry],
  });

  async function remove(organisationId: string, days: number): Promise<void> {
    const records = await store.dropRecords(organisationId, daysAgo(days));
    removed.inc(records);
    if (records > 0) logger.info({ organisationId, days, records }, 'records of an organisation were removed');
  }

  return async () => {
    const own = new Set<string>();
    for (let after: string | null | undefined; after !== null;) {
      const query = { key: KEY, limit: PAGE, ...(after === undefined ? {} : { after }) };
      const page: { items: { organisation_id: string; value: unknown }[]; next: string | null } = await users.call(
        listConfigOverrides,
        { query },
      );
      for (const { organisation_id: id, value } of page.items) {
        own.add(id);
        await remove(id, Number(value));
      }
      after = page.next;
    }
    const { items } = await users.call(readConfigValues, { query: { keys: KEY } });
    const [everybodys] = items;
    if (typeof everybodys?.value !== 'number') return;
    for (let after: string | undefined; ;) {
      const ids = await store.organisationsIn(new Date(0), daysAgo(everybodys.value), after, PAGE);
      for (const id of ids) if (!own.has(id)) await remove(id, everybodys.value);
      after = ids.at(-1);
      if (ids.length < PAGE) return;
    }
  };
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}
