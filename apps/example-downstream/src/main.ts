import { runService } from '@turnpike/service-kit';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { startFinisher } from './jobs/finisher.ts';
import { openDatabase } from './stores/database.ts';
import { createMomentStore } from './stores/moment-store.ts';
import { createTimepointStore } from './stores/timepoint-store.ts';

await runService({
  service: 'example-downstream',
  load: readConfig,
  async prepare(config, { logger, metrics }) {
    const database = openDatabase(config);
    const finisher = startFinisher(database.sql, logger);
    const context = {
      timepoints: createTimepointStore(database.prisma),
      moments: createMomentStore(database.prisma),
      finisher,
      query: database.sql.query,
      stepMs: config.GENERATION_STEP_MS,
      simulate: config.EXAMPLE_SIMULATE,
    };
    return {
      handler: createApp({ config, context, logger, metrics, ready: () => database.sql.query('SELECT 1') }),
      port: config.DOWNSTREAM_PORT,
      async dispose() {
        await finisher.close();
        await database.close();
      },
    };
  },
});
