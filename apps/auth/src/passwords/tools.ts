import type { Redis } from 'ioredis';
import type { Logger } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { Database } from '../database.ts';
import type { AuthMetrics } from '../metrics.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { storedKey } from '../vault/stored-key.ts';
import { breachedPasswordsAt, noBreachedPasswords } from './breached.ts';
import { loadCommonPasswords } from './common-passwords.ts';
import { PasswordHasher } from './domain/hasher.ts';
import { PasswordPolicy, PasswordRejected, type PasswordOwner } from './domain/policy.ts';
import { PasswordThrottle } from './domain/throttle.ts';
import { localWindows, storedWindows } from './try-windows.ts';

/** What routes that take a password work with. */
export interface PasswordTools {
  /** A new password as it is to be hashed. Throws `PasswordRejected`. */
  readonly accept: (text: string, owner: PasswordOwner) => Promise<string>;
  readonly hasher: PasswordHasher;
  readonly throttle: PasswordThrottle;
  close(): Promise<void>;
}

/** Makes the tools over auth's connections; nothing connects here. */
export function createPasswordTools(
  config: Config,
  db: Database,
  redis: Redis,
  vault: Vault,
  logger: Logger,
  figures: Pick<AuthMetrics, 'breachChecks'>,
): PasswordTools {
  const policy = new PasswordPolicy(config.PASSWORD_LENGTH_MIN, loadCommonPasswords(), config.MAIL_PRODUCT_NAME);
  const breached = config.HIBP_CHECK
    ? breachedPasswordsAt(config.HIBP_URL, (outcome) => figures.breachChecks.inc({ outcome }))
    : noBreachedPasswords;
  const monotonicMs = () => performance.now();
  return {
    async accept(text, owner) {
      const password = policy.check(text, owner);
      if (await breached.hold(password)) throw new PasswordRejected('common');
      return password;
    },
    hasher: new PasswordHasher({
      pepper: storedKey(db, vault, 'password-pepper'),
      concurrency: config.PASSWORD_HASH_CONCURRENCY,
      queueMax: config.PASSWORD_HASH_QUEUE_MAX,
    }),
    throttle: new PasswordThrottle({
      stored: storedWindows(redis),
      local: localWindows(monotonicMs),
      monotonicMs,
      onOutage: (err) => logger.warn({ err }, 'redis is down: wrong passwords are counted by this instance alone'),
    }),
    close: () => breached.close(),
  };
}
