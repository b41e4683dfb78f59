import { createEventConsumer, createInternalClient, createOutboxRelay, runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig, readPrices } from './config.ts';
import { signUpGrant } from './jobs/sign-up-grant.ts';
import { createLedger } from './ledger/ledger.ts';
import { createAccountStore } from './stores/account-store.ts';
import { openDatabase } from './stores/database.ts';
import { createLedgerStore } from './stores/ledger-store.ts';
import { createPriceStore } from './stores/price-store.ts';

await runService({
  service: 'credits',
  load: () => {
    const config = readConfig();
    return { ...config, priceList: readPrices(config.PRICES_FILE) };
  },
  async prepare(config, { logger, metrics }) {
    const database = openDatabase(config);
    const prices = createPriceStore(database);
    await prices.load(config.priceList);
    const ledger = createLedger({
      store: createLedgerStore(database),
      lanesMax: config.LEDGER_LANES_MAX,
      batchMax: config.LEDGER_BATCH_MAX,
      pendingMax: config.LEDGER_PENDING_MAX,
      waitMsMax: config.LEDGER_WAIT_MS_MAX,
    });
    const users = createInternalClient({ service: 'users', baseUrl: config.USERS_URL, serviceKey: config.SERVICE_API_KEY[0] });
    const relay = createOutboxRelay({ database: database.sql, redisUrl: config.REDIS_URL, logger, metrics });
    const consumer = createEventConsumer({ consumer: 'credits', redisUrl: config.REDIS_URL, handlers: signUpGrant(ledger), logger, metrics });
    const context = { ledger, accounts: createAccountStore(database), prices, users, reservationTtlSeconds: config.RESERVATION_TTL_SECONDS };
    return {
      handler: createApp({ config, context, readiness: { database: () => database.sql.query('SELECT 1') }, logger, metrics }),
      port: config.CREDITS_PORT,
      async dispose() {
        await consumer.close();
        await relay.close();
        await users.close();
        await database.close();
      },
    };
  },
});
