import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startApp, startPostgres, waitFor, type OwnStore, type RunningApp } from '@turnpike/test-kit';
import { expectInvariantsHold, openTestDatabase } from './open-ledger.ts';
import { call, startCredits, type Answer, type Credits } from './start-credits.ts';

/** Clients of the load; each has a user of its own and shares one more with all others. */
const CLIENTS = 8;
const CREDITS_EACH = 100_000;
/** Answers between two kills. */
const ANSWERS_BETWEEN = 150;

let postgres: OwnStore;
let credits: Credits;
let app: RunningApp;
beforeAll(async () => {
  postgres = await startPostgres();
  credits = await startCredits({ SWEEP_HOLDS_MS: '200' }, postgres.url);
  app = credits.app;
});
afterAll(async () => {
  await app.stop();
  await credits.stop();
  await postgres.dispose();
});

/** What one client knows to have happened, from answers alone. */
class Client {
  charged = new Map<string, number>();
  granted = new Map<string, number>();
  answers = 0;
  stopping = false;
  readonly user: string;
  readonly shared: string;
  constructor(user: string, shared: string) {
    this.user = user;
    this.shared = shared;
  }

  async run(): Promise<void> {
    while (!this.stopping) await this.call(Math.random() < 0.3 ? this.shared : this.user);
  }

  async call(user: string): Promise<void> {
    const dice = Math.random();
    if (dice < 0.1) {
      const amount = 1 + Math.floor(Math.random() * 5);
      await this.ask(
        '/internal/credits/grants',
        { user_id: user, amount, source: 'chaos', source_ref: uuidv7(), transaction_type: 'adjustment' },
        200,
      );
      this.note(this.granted, user, amount);
      return;
    }
    if (dice < 0.2) {
      const answer = await this.ask('/internal/credits/spend', { user_id: user, cost: 2 }, 200, {
        'idempotency-key': uuidv7(),
      });
      expect(answer.body['success']).toBe(true);
      this.note(this.charged, user, 2);
      return;
    }
    const key = uuidv7();
    const ttl_seconds = dice < 0.3 ? 1 : 60;
    await this.ask(
      '/internal/credits/reservations',
      { user_id: user, amount: 5, idempotency_key: key, ttl_seconds },
      201,
    );
    if (dice < 0.3) return;
    if (dice < 0.45) {
      await this.ask(`/internal/credits/reservations/${key}/release`, {}, 200);
      return;
    }
    const amount = Math.floor(Math.random() * 8);
    const settled = await this.ask(`/internal/credits/reservations/${key}/settle`, { amount }, 200);
    expect(settled.body['charged']).toBe(amount);
    this.note(this.charged, user, amount);
    // Whoever asks again is told the same.
    const again = await this.ask(`/internal/credits/reservations/${key}/settle`, { amount }, 200);
    expect(again.body).toEqual(settled.body);
  }

  note(sums: Map<string, number>, user: string, amount: number): void {
    sums.set(user, (sums.get(user) ?? 0) + amount);
  }

  /** Asks until there is an answer, as a caller does whose connection breaks or who is told to come back. */
  async ask(path: string, body: object, expected: number, headers: Record<string, string> = {}): Promise<Answer> {
    for (;;) {
      try {
        const answer = await call(app.url, 'POST', path, body, headers);
        if (answer.status === 503 || (answer.status === 409 && answer.headers.get('retry-after') !== null))
          throw new Error('come back');
        expect([path, answer.status]).toEqual([path, expected]);
        this.answers += 1;
        return answer;
      } catch (error) {
        if (error instanceof Error && 'matcherResult' in error) throw error;
        await sleep(10);
      }
    }
  }
}

test('a random load with the service and PostgreSQL killed by force in between: nothing lost, nothing twice', async () => {
  const shared = await credits.userWith(CREDITS_EACH);
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async () => new Client(await credits.userWith(CREDITS_EACH), shared)),
  );
  const answers = (): number => clients.reduce((sum, client) => sum + client.answers, 0);
  const load = Promise.all(clients.map((client) => client.run()));
  const database = openTestDatabase(credits.database);
  const goOn = async (): Promise<void> => {
    const before = answers();
    await waitFor(() => answers() >= before + ANSWERS_BETWEEN);
  };
  const killService = async (): Promise<void> => {
    await app.kill();
    app = await startApp('credits', credits.env);
  };
  const killPostgres = async (): Promise<void> => {
    await postgres.kill();
    await postgres.start();
  };
  try {
    for (const kill of [killService, killPostgres, killService, killPostgres]) {
      await goOn();
      await kill();
      await waitFor(() => expectInvariantsHold(database, 60).then(() => true));
    }
    await goOn();
    for (const client of clients) client.stopping = true;
    await load;

    // Holds that nobody settled come back.
    await waitFor(async () => (await database.prisma.account.aggregate({ _sum: { held: true } }))._sum.held === 0n);
    await expectInvariantsHold(database, 60);
    const total = (user: string, sums: (client: Client) => Map<string, number>): number =>
      clients.reduce((sum, client) => sum + (sums(client).get(user) ?? 0), 0);
    for (const user of [shared, ...clients.map((client) => client.user)]) {
      const granted = CREDITS_EACH + total(user, (client) => client.granted);
      const charged = total(user, (client) => client.charged);
      const account = await database.prisma.account.findFirstOrThrow({ where: { ownerId: user } });
      expect([account.earned, account.spent, account.balance].map((micro) => Number(micro) / 1e6)).toEqual([
        granted,
        charged,
        granted - charged,
      ]);
    }
  } finally {
    for (const client of clients) client.stopping = true;
    await load.catch(() => {});
    await database.close();
  }
});
