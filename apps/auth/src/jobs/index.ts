import { REVOCATION_BEAT_MS } from '@turnpike/contracts';
import {
  createRetentionSweep,
  runBatches,
  startPeriodicJobs,
  type PeriodicJob,
  type ServiceTools,
} from '@turnpike/service-kit';
import { startAlertWorker } from '../alerts/alert-worker.ts';
import { retireApiKeys } from '../api-keys/stores/api-keys.ts';
import type { Context } from '../context.ts';
import { consumeEvents } from '../events.ts';
import { sendMail } from '../mail/index.ts';
import { revokeAtProviders } from '../providers/provider-revocations.ts';
import { rotateSigningKeys } from '../tokens/rotate-keys.ts';
import { sweepSigningKeys } from '../tokens/stores/signing-keys.ts';
import { reseal } from '../vault/reseal.ts';
import { retentions } from './retentions.ts';

/** How often the key ring reads the store: many times within the minute that the shortest publication lasts, in milliseconds. */
const KEY_RELOAD_MS = 15_000;
const HOUR_MS = 3_600_000;
/** How soon after its overlap a rotated key is announced to the edges, in milliseconds. */
const KEY_RETIREMENT_MS = 500;
/** How often the last uses of API keys are written, in milliseconds. */
const KEY_USE_FLUSH_MS = 10_000;
/** How soon after an account or identity is gone its connection at the provider is ended, in milliseconds. */
const PROVIDER_REVOCATION_MS = 1_000;

/** How often values sealed with an earlier key are searched for, in milliseconds. */
const RESEAL_MS = 60_000;

/** Starts the work that goes on beside requests: what is done every so often, the events of other services, mail, and alerts. */
export function startJobs(context: Context, tools: ServiceTools): { close(): Promise<void> } {
  const periodic = startPeriodicJobs(periodicJobs(context, tools), tools.logger);
  const consumer = consumeEvents(context, tools);
  const mail = sendMail(context, tools);
  const alerts = startAlertWorker(context, tools);
  return {
    async close() {
      await Promise.all([periodic.close(), consumer.close(), mail.close(), alerts.close()]);
    },
  };
}

function periodicJobs(context: Context, { metrics }: ServiceTools): PeriodicJob[] {
  const { apiKeys, config, database, keyRing, logger, providers, revocations, vault } = context;
  const atProviders = { db: database, vault, apple: providers.appleClient, logger };
  return [
    { name: 'revocation-relay', everyMs: REVOCATION_BEAT_MS, run: () => revocations.relay() },
    { name: 'key-reload', everyMs: KEY_RELOAD_MS, run: () => keyRing.reload() },
    { name: 'key-rotation', everyMs: HOUR_MS, run: () => ensureSigningKeys(context) },
    {
      name: 'key-retirement',
      everyMs: KEY_RETIREMENT_MS,
      run: (signal) => runBatches(() => retireKeys(context), signal),
    },
    { name: 'key-use', everyMs: KEY_USE_FLUSH_MS, run: () => apiKeys.use.flush() },
    {
      name: 'provider-revocation',
      everyMs: PROVIDER_REVOCATION_MS,
      run: (signal) => revokeAtProviders({ ...atProviders, signal }),
    },
    // With one key there is nothing to do; two are configured for as long as one replaces the other.
    ...(vault.keys > 1
      ? [{ name: 'reseal', everyMs: RESEAL_MS, run: (signal: AbortSignal) => resealStored(context, signal) }]
      : []),
    { name: 'signing-key-sweep', everyMs: HOUR_MS, atStart: true, run: () => sweepSigningKeys(database) },
    {
      name: 'retention',
      everyMs: HOUR_MS,
      atStart: true,
      run: createRetentionSweep({
        query: database.query,
        retentions: retentions(config.AUDIT_RETENTION_DAYS),
        logger,
        metrics,
      }),
    },
  ];
}

/** Ends rotated keys whose overlap is over and tells the edges; returns how many. */
async function retireKeys({ database, revocations }: Context): Promise<number> {
  const ended = await retireApiKeys(database);
  await revocations.announce(ended);
  return ended.length;
}

async function resealStored({ database, logger, vault }: Context, signal: AbortSignal): Promise<void> {
  const { resealed, unopened } = await reseal(database, vault, signal);
  if (resealed > 0) logger.info({ resealed }, 'sealed stored values anew with the first key');
  if (unopened > 0)
    logger.warn({ unopened }, 'stored values were sealed with a key that is not configured (AUTH_ENCRYPTION_KEY)');
}

/** Publishes a new signing key where one is due (on the first start: the first), then reads the keys. `HS256` has none to publish. */
export async function ensureSigningKeys({ config, database, keyRing, logger, vault }: Context): Promise<void> {
  if (config.JWT_ALGORITHM !== 'HS256') {
    const published = await rotateSigningKeys(database, vault, {
      algorithm: config.JWT_ALGORITHM,
      onlyIfOlderThanMs: config.SIGNING_KEY_ROTATION_DAYS * 24 * HOUR_MS,
      publishMs: config.SIGNING_KEY_PUBLISH_SECONDS * 1_000,
    });
    if (published) logger.info({ kid: published.kid, signsFrom: published.signsFrom }, 'published a new signing key');
  }
  await keyRing.reload();
}
