import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { runProgram } from '@turnpike/test-kit';
import { createVerificationStore } from '../src/stores/verification-store.ts';
import { openLedger, type TestLedger } from './open-ledger.ts';

/** A PostgreSQL that takes its time before it listens to a new connection, as a busy one does. */
async function startSlowServer(databaseUrl: string, delayMs: number) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    upstream.pipe(client);
    setTimeout(() => client.pipe(upstream), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.toString(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

let ledger: TestLedger;
/** An account with a bit of everything: two grants, one charge, one charge from two grants, one open hold. */
let user: string;
beforeAll(async () => {
  ledger = await openLedger();
  user = await ledger.userWith(10);
  await ledger.grant(user, 10);
  for (const [credits, settle] of [
    [4, true],
    [8, true],
    [3, false],
  ] as const) {
    const id = uuidv7();
    await ledger.reserve(user, credits, id, 3_600_000);
    if (settle) await ledger.settle(id);
  }
});
afterAll(() => ledger.close());

async function broken(): Promise<string[]> {
  const findings = await createVerificationStore(ledger.database).verify(5);
  return findings.filter(({ violations }) => violations > 0).map(({ invariant }) => invariant.id);
}

/** What goes wrong → which invariants say so. Each is undone afterwards. */
const DAMAGE: [string, string, string[]][] = [
  ['a balance raised', 'UPDATE account SET balance = balance + 1', ['balance_is_in_grants', 'balance_is_in_transfers']],
  ['a hold forgotten', 'UPDATE account SET held = held - 1', ['held_is_in_grants', 'held_is_in_reservations']],
  [
    'a grant refilled',
    'UPDATE "grant" SET remaining = remaining + 1 WHERE NOT exhausted',
    ['balance_is_in_grants', 'remaining_is_amount_less_debits'],
  ],
  [
    'a hold moved between grants',
    `UPDATE reservation SET draw_amounts = ARRAY[draw_amounts[1] - 1] WHERE state = 'open'`,
    ['grant_held_is_in_draws'],
  ],
  ['debt from nowhere', 'UPDATE account SET debt = 1', ['debt_is_in_transfers']],
  ['less said to be spent', 'UPDATE account SET spent = spent - 1', ['debt_is_in_transfers']],
  [
    'another amount said to be settled',
    `UPDATE reservation SET settled_amount = settled_amount + 1 WHERE state = 'settled'`,
    ['settled_is_in_transfers'],
  ],
  [
    'a grant that had expired when it was drawn on',
    `UPDATE "grant" SET expires_at = created_at`,
    ['drawn_before_expiry'],
  ],
  [
    'a reservation charged by another entry',
    `UPDATE reservation SET entry_id = gen_random_uuid() WHERE state = 'settled'`,
    ['resolved_once'],
  ],
  [
    'an entry lost',
    'ALTER TABLE transfer DISABLE TRIGGER ALL; DELETE FROM transfer WHERE seq = 3; ALTER TABLE transfer ENABLE TRIGGER ALL',
    [
      'balance_is_in_transfers',
      'debt_is_in_transfers',
      'remaining_is_amount_less_debits',
      'settled_is_in_transfers',
      'history_is_whole',
    ],
  ],
  [
    'an amount rewritten',
    'ALTER TABLE transfer DISABLE TRIGGER ALL; UPDATE transfer SET net_amount = net_amount + 1, balance_after = balance_after + 1 WHERE seq = 3; ALTER TABLE transfer ENABLE TRIGGER ALL',
    ['history_is_whole'],
  ],
  ['the role allowed to rewrite', 'GRANT UPDATE ON transfer TO turnpike_credits_service', ['transfers_are_protected']],
  ['the trigger off', 'ALTER TABLE transfer DISABLE TRIGGER transfer_append_only', ['transfers_are_protected']],
  [
    'a hold that nobody ended',
    `UPDATE reservation SET expires_at = clock_timestamp() - interval '1 minute' WHERE state = 'open'`,
    ['holds_end_in_time'],
  ],
  [
    'a reservation of nobody',
    `UPDATE reservation SET account_id = gen_random_uuid() WHERE state = 'settled'`,
    ['no_orphans'],
  ],
];

describe('verify', () => {
  test('finds nothing where nothing is wrong', async () => {
    expect(await broken()).toEqual([]);
  });

  test.each(DAMAGE)('finds %s', async (_name, damage, invariants) => {
    // The store reads on connections of its own, so the damage is committed, and undone by restoring the tables.
    await ledger.owner
      .query(`CREATE SCHEMA kept; CREATE TABLE kept.account AS TABLE account; CREATE TABLE kept.grants AS TABLE "grant";
      CREATE TABLE kept.reservation AS TABLE reservation; CREATE TABLE kept.transfer AS TABLE transfer`);
    try {
      await ledger.owner.query(damage);
      expect(await broken()).toEqual(invariants);
    } finally {
      await ledger.owner
        .query(`REVOKE UPDATE ON transfer FROM turnpike_credits_service; ALTER TABLE transfer DISABLE TRIGGER ALL;
        DELETE FROM transfer; DELETE FROM reservation; DELETE FROM "grant"; DELETE FROM account;
        INSERT INTO account TABLE kept.account; INSERT INTO "grant" TABLE kept.grants; INSERT INTO reservation TABLE kept.reservation;
        INSERT INTO transfer TABLE kept.transfer; ALTER TABLE transfer ENABLE TRIGGER ALL; DROP SCHEMA kept CASCADE`);
    }
    expect(await broken()).toEqual([]);
  });
});

describe('the command', () => {
  const run = async (env: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> => {
    const { code, stdout, stderr } = await runProgram(
      fileURLToPath(new URL('../src/verify.ts', import.meta.url)),
      [],
      env,
    );
    return { code, output: stdout + stderr };
  };

  test('prints each invariant and leaves with 0', async () => {
    const { code, output } = await run(ledger.test.env);
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^ok +1 {2}balance = Σ grant\.remaining\n[^]*All 14 invariants hold\.\n$/),
    ]);
  });

  test('prints what is off and leaves with 1', async () => {
    await ledger.owner.query('UPDATE account SET spent = spent + 7');
    const { code, output } = await run(ledger.test.env);
    await ledger.owner.query('UPDATE account SET spent = spent - 7');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^BROKEN {2}4 {2}debt, earned and spent[^\n]*\n +account [0-9a-f-]{36}: expected 0\/20000000\/12000000, found 0\/20000000\/12000007$/m,
    );
    expect(output).toMatch(/1 of 14 invariants are broken\.\n$/);
  });

  test('reads a large ledger to its end, though no request would wait that long for a query', async () => {
    // A ledger of millions of rows in short: an invariant's query takes longer than the 1.1 s after which a request's is given up.
    const { rows } = await ledger.owner.query<{ definition: string }>(
      "SELECT pg_get_functiondef('ledger_now'::regproc) AS definition",
    );
    await ledger.owner.query(
      "CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() FROM pg_sleep(1.5)'",
    );
    try {
      const { code, output } = await run({ ...ledger.test.env, DATABASE_TIMEOUT_MS: '100' });
      expect([code, output]).toEqual([0, expect.stringMatching(/All 14 invariants hold\.\n$/)]);
    } finally {
      await ledger.owner.query(rows[0]?.definition ?? '');
    }
  });

  test('waits for its connection longer than a request would', async () => {
    const slow = await startSlowServer(ledger.test.env.DATABASE_URL, 1_500);
    try {
      const { code, output } = await run({ ...ledger.test.env, DATABASE_URL: slow.url, DATABASE_TIMEOUT_MS: '100' });
      expect([code, output]).toEqual([0, expect.stringMatching(/All 14 invariants hold\.\n$/)]);
    } finally {
      await slow.close();
    }
  });

  test('cannot tell without a database: 2, and one sentence', async () => {
    const { code, output } = await run({});
    expect([code, output]).toEqual([2, 'Configuration is not usable.\n  DATABASE_URL: is not set\n']);
  });
});
