import type { Logger } from '@turnpike/service-kit';
import type { WorkerConfig } from '../config.ts';
import { beginVerification } from '../jobs/verification.ts';
import { openForVerification, type Database } from '../stores/database.ts';
import { createVerificationStore } from '../stores/verification-store.ts';

/** Verifications that operators ask for. */
export interface Verifier {
  /** Begins one; false where one is running, here or in another process. */
  begin(): Promise<boolean>;
  close(): Promise<void>;
}

/** Its connection is made for the first verification. */
export function createVerifier(config: WorkerConfig, logger: Logger): Verifier {
  const closing = new AbortController();
  let database: Database | undefined;
  let running: Promise<void> | undefined;
  return {
    async begin() {
      if (running !== undefined) return false;
      database ??= openForVerification(config);
      const store = createVerificationStore(database);
      const run = { store, sweepMs: config.SWEEP_HOLDS_MS, logger, signal: closing.signal };
      const begun = await beginVerification(run);
      if (begun === undefined) return false;
      running = begun.done
        .catch((err: unknown) => logger.error({ err }, 'the ledger could not be verified'))
        .finally(() => {
          running = undefined;
        });
      return true;
    },
    async close() {
      closing.abort();
      await running;
      await database?.close();
    },
  };
}
