import type { Redis } from 'ioredis';
import { AppError, createInternalClient, uuidv7, type InternalClient, type Logger } from '@turnpike/service-kit';
import { apiKeyKind } from '../api-keys/domain/api-key.ts';
import { KeyUse } from '../api-keys/key-use.ts';
import { recordKeyUse } from '../api-keys/stores/api-keys.ts';
import { findApiKey } from '../api-keys/stores/find-api-key.ts';
import type { Config } from '../config.ts';
import type { Database, Db } from '../database.ts';
import { Verification } from '../email-codes/domain/verification.ts';
import { issueCode, reopenCode, useCode, withdrawCode } from '../email-codes/stores/verification.ts';
import { createMailQueue, type MailQueue } from '../mail/mail-queue.ts';
import { createDemoCredits, type DemoCredits } from '../sign-in/demo-credits.ts';
import type { CredentialKind } from '../tokens/domain/introspection.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { refreshAccount } from './refresh-account.ts';

/** How long `/auth/users/me` waits for a part that another service holds, in milliseconds. */
const PART_TIMEOUT_MS = 1_500;

/** What mailed codes, API keys and `/auth/users/me` work with. */
export interface AccountTools {
  readonly verification: Verification;
  readonly mailQueue: MailQueue;
  readonly keyUse: KeyUse;
  readonly apiKeys: CredentialKind;
  /** Clients with a short deadline and one attempt, for answers that can do without them. */
  readonly bestEffort: { readonly users: InternalClient; readonly credits: InternalClient };
  readonly demoCredits: DemoCredits;
  close(): Promise<void>;
}

/** Makes the tools over auth's connections; nothing connects here. */
export function createAccountTools(
  config: Config,
  db: Database,
  redis: Redis,
  vault: Vault,
  logger: Logger,
): AccountTools {
  const mailQueue = createMailQueue(redis, vault);
  const keyUse = new KeyUse((uses) => recordKeyUse(db, uses), Date.now);
  const verification = new Verification(
    {
      record: (code) => issueCode(db, code),
      withdraw: (id, counted) => withdrawCode(db, id, counted),
      use: (attempt) => useCode(db, attempt),
      reopen: (id) => reopenCode(db, id),
      newId: uuidv7,
    },
    vault,
    {
      perAddressPerHour: config.CODES_PER_ADDRESS_PER_HOUR,
      perAddressToStrangersPerHour: config.CODES_PER_ADDRESS_TO_STRANGERS_PER_HOUR,
      perClientPerHour: config.CODES_PER_CLIENT_PER_HOUR,
      perMinute: config.CODES_PER_MINUTE,
    },
  );
  const clientOf = (service: string, baseUrl: string) =>
    createInternalClient({
      service,
      baseUrl,
      serviceKey: config.SERVICE_API_KEY[0],
      timeoutMs: PART_TIMEOUT_MS,
      attemptsMax: 1,
    });
  const bestEffort = { users: clientOf('users', config.USERS_URL), credits: clientOf('credits', config.CREDITS_URL) };
  return {
    verification,
    mailQueue,
    keyUse,
    apiKeys: apiKeyKind({
      find: (digest) => findApiKey(db, digest),
      isActiveNow: (userId) => isActiveNow(db, bestEffort.users, userId),
      noteUse: (keyId) => keyUse.note(keyId),
    }),
    bestEffort,
    demoCredits: createDemoCredits(bestEffort.credits, logger),
    async close() {
      // The last uses are worth a try, not a failed shutdown.
      await keyUse.flush().catch(() => {});
      await Promise.all([mailQueue.close(), bestEffort.users.close(), bestEffort.credits.close()]);
    },
  };
}

/** Asks users, and notes what it says. While users is down the user stays as noted. */
async function isActiveNow(db: Db, users: InternalClient, userId: string): Promise<boolean> {
  try {
    return (await refreshAccount(db, users, userId)) === 'active';
  } catch (error) {
    if (error instanceof AppError && error.status >= 500) return false;
    throw error;
  }
}
