import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { openClient } from '@turnpike/migrate';

const run = promisify(execFile);

export interface StatementLoad {
  readonly databaseUrl: string;
  readonly clients: number;
  readonly seconds: number;
  readonly accounts: number;
}

/** Both statements of one pair, as the service sends them, but one call each and nothing in front: what the database alone can do. */
const RESERVE = (id: string, owner: string): string =>
  `SELECT ledger_reserve(jsonb_build_array(jsonb_build_object('id', ${id}, 'owner_type', 'user', 'owner_id', ${owner}, 'operation', 'generate_balanced',
    'ttl_ms', 300000, 'request_hash', '00', 'actor', 'bench')))`.replaceAll(/\s+/g, ' ');
const SETTLE = (id: string): string =>
  `SELECT ledger_resolve(jsonb_build_array(jsonb_build_object('id', ${id}, 'action', 'settle', 'actor', 'bench')))`;
const OWNER = (index: string): string => `'00000000-0000-7000-8000-' || lpad(to_hex(${index}), 12, '0')`;

/** Pairs per second of the bare statements: by pgbench where it is installed, else by prepared statements of the pg driver. */
export async function measureStatements(
  load: StatementLoad,
): Promise<{ pairsPerSecond: number; by: 'pgbench' | 'pg' }> {
  const hasPgbench = await run('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
  return hasPgbench
    ? { pairsPerSecond: await withPgbench(load), by: 'pgbench' }
    : { pairsPerSecond: await withDriver(load), by: 'pg' };
}

async function withPgbench({ databaseUrl, clients, seconds, accounts }: StatementLoad): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-pgbench-'));
  try {
    const script = path.join(folder, 'pair.sql');
    await writeFile(
      script,
      [
        `\\set account random(0, ${accounts - 1})`,
        'SELECT ledger_new_id() AS id \\gset',
        `${RESERVE("':id'", OWNER(':account::int'))};`,
        `${SETTLE("':id'")};`,
      ].join('\n'),
    );
    const args = [
      '-n',
      '-M',
      'simple',
      '-c',
      String(clients),
      '-j',
      '2',
      '-T',
      String(seconds),
      '-f',
      script,
      databaseUrl,
    ];
    const { stdout } = await run('pgbench', args, { maxBuffer: 16 * 1024 * 1024 });
    const match = /tps = ([\d.]+)/.exec(stdout);
    if (!match) throw new Error(`pgbench said nothing of its rate:\n${stdout}`);
    return Number(match[1]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withDriver({ databaseUrl, clients, seconds, accounts }: StatementLoad): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let pairs = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await openClient({ connectionString: databaseUrl });
      while (performance.now() < until) {
        const id = uuidv7();
        const account = Math.floor(Math.random() * accounts);
        await client.query({ name: 'reserve', text: RESERVE('$1::text', OWNER('$2::int')), values: [id, account] });
        await client.query({ name: 'settle', text: SETTLE('$1::text'), values: [id] });
        pairs += 1;
      }
      await client.end();
    }),
  );
  return pairs / ((performance.now() - started) / 1_000);
}
