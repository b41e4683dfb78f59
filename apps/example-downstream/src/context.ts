import type { Logger, ServiceTools } from '@turnpike/service-kit';
import type { Config } from './config.ts';
import { openDatabase, type Database } from './database.ts';
import { createFinisher, type Finisher } from './jobs/finisher.ts';
import { createMomentStore, type MomentStore } from './stores/moment-store.ts';
import { createTimepointStore, type TimepointStore } from './stores/timepoint-store.ts';

/** Everything that routes and jobs work with. */
export interface Context {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly timepoints: TimepointStore;
  readonly moments: MomentStore;
  readonly finisher: Finisher;
  close(): Promise<void>;
}

/** Opens what the service works with. Connections are made on demand; nothing is rendered before the finisher is started. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const database = openDatabase(config, metrics);
  return {
    config,
    logger,
    database,
    timepoints: createTimepointStore(database.prisma),
    moments: createMomentStore(database.prisma),
    finisher: createFinisher(database, logger),
    close: () => database.close(),
  };
}
