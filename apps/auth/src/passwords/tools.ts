import type { Redis } from 'ioredis';
import type { Logger } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { Database } from '../database.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { storedKey } from '../vault/stored-key.ts';
import { loadCommonPasswords } from './common-passwords.ts';
import { PasswordHasher } from './domain/hasher.ts';
import { PasswordPolicy } from './domain/policy.ts';
import { PasswordThrottle } from './domain/throttle.ts';
import { localWindows, storedWindows } from './try-windows.ts';

/** What routes that take a password work with. */
export interface PasswordTools {
  readonly policy: PasswordPolicy;
  readonly hasher: PasswordHasher;
  readonly throttle: PasswordThrottle;
}

/** Makes the tools over auth's connections; nothing connects here. */
export function createPasswordTools(
  config: Config,
  db: Database,
  redis: Redis,
  vault: Vault,
  logger: Logger,
): PasswordTools {
  const monotonicMs = () => performance.now();
  return {
    policy: new PasswordPolicy(config.PASSWORD_LENGTH_MIN, loadCommonPasswords(), config.MAIL_PRODUCT_NAME),
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
  };
}
