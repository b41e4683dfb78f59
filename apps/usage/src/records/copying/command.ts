import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isStoreOutage, loadOrExit } from '@turnpike/service-kit';
import { readCommandConfig, type CommandConfig } from '../../config.ts';
import { openDatabase, openForLock, type Database } from '../../database.ts';
import { EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_USAGE } from '../../exit-codes.ts';
import { keptSince } from '../kept-since.ts';
import { clickHouseSource, clickHouseTarget } from '../stores/clickhouse/clickhouse-copy.ts';
import { openClickHouse } from '../stores/clickhouse/clickhouse.ts';
import { columnsSince } from '../stores/clickhouse/tables.ts';
import { openStore } from '../stores/open-store.ts';
import { postgresSource, postgresTarget } from '../stores/postgres-copy.ts';
import { whileAlone } from './copy-lock.ts';
import { copyStore } from './copy-store.ts';

const USAGE = `Usage: npx -y pnpm@12 turnpike usage copy --from STORE

Copies request records and sums of STORE into the store that USAGE_STORE_URL names (postgres unless told), while the service works on it. STORE is
postgres, or the URL of a ClickHouse; nothing may be written there any more. May be interrupted and repeated: what is there is not copied again.

Exit codes: 0 all is there; 1 another copy is under way; 64 wrong usage; 69 a store cannot be reached; 78 wrong settings.
`;

const stores = z.union([z.literal('postgres'), z.url({ protocol: /^https?$/ })]);

/** Runs `usage copy …` and resolves with the exit code. */
export async function copyCommand(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (request === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = loadOrExit(() => readCommandConfig());
  // One of the two is PostgreSQL.
  if (request === undefined || (request.from === 'postgres') === (config.USAGE_STORE_URL === 'postgres')) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const { from } = request;
  const [database, locks] = [openDatabase(config), openForLock(config)];
  try {
    // Two copies at once would each take away what the other has brought.
    const code = await whileAlone(locks, (signal) => copy(config, database, { from, signal }));
    if (code !== undefined) return code;
    process.stderr.write('Another copy is under way.\n');
    return EXIT_REFUSED;
  } catch (error) {
    if (!isStoreOutage(error)) throw error;
    process.stderr.write(
      'A store cannot be reached (DATABASE_URL, USAGE_STORE_URL, --from). Repeat the command to go on.\n',
    );
    return EXIT_UNAVAILABLE;
  } finally {
    await Promise.all([database.close(), locks.close()]);
  }
}

function parse(args: readonly string[]): { readonly from: string } | 'help' | undefined {
  try {
    const options = { from: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help === true) return 'help';
    const from = stores.safeParse(values.from);
    return from.success ? { from: from.data } : undefined;
  } catch {
    return undefined;
  }
}

interface Request {
  readonly from: string;
  /** Aborted once the lock is lost. */
  readonly signal: AbortSignal;
}

async function copy(config: CommandConfig, database: Database, { from, signal }: Request): Promise<number> {
  const url = from === 'postgres' ? config.USAGE_STORE_URL : from;
  const clickHouse = openClickHouse({ url, timeoutMs: config.DATABASE_TIMEOUT_MS });
  const store = openStore(config, database);
  try {
    await store.prepare();
    // A server that was left before an upgrade has the tables of then.
    if (from !== 'postgres') await clickHouse.run(columnsSince(clickHouse.database));
    const days = await copyStore({
      source: from === 'postgres' ? postgresSource(database) : clickHouseSource(clickHouse),
      target: from === 'postgres' ? clickHouseTarget(clickHouse) : postgresTarget(database),
      signal,
      keptSince: (unit) => keptSince(unit, config.USAGE_RETENTION_DAYS),
      async erasedAmong(userIds) {
        const ids = [...new Set(userIds)];
        const found = await database.prisma.erasedUser.findMany({ where: { userId: { in: ids } } });
        return new Set(found.map(({ userId }) => userId));
      },
      onDay: (unit, day, copied) =>
        process.stdout.write(`${day.toISOString().slice(0, 10)} ${unit}: ${copied} copied\n`),
    });
    process.stdout.write(days === 0 ? 'All is there.\n' : `All is there: ${days} days were copied.\n`);
    return 0;
  } finally {
    await clickHouse.close();
    await store.close();
  }
}
