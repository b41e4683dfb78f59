import { VaultError, type Logger } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import { openSecret, sealSecret, type Vault } from './domain/secrets.ts';
import { replaceSealed, secretsWithoutMark } from './stores/config-values.ts';

const BATCH_MAX = 100;

/**
 * Seals anew, with the first key, every secret that another key sealed. Safe to repeat, to break off (`signal`), and to run in several instances
 * at once.
 */
export async function resealSecrets(db: Db, vault: Vault, logger: Logger, signal: AbortSignal): Promise<void> {
  let after: { organisationId: string | null; key: string } | undefined;
  while (!signal.aborted) {
    const secrets = await secretsWithoutMark(db, vault.mark, after, BATCH_MAX);
    for (const secret of secrets) {
      const place = secret.organisationId ?? undefined;
      try {
        const text = openSecret(vault, place, secret.key, secret.sealed);
        await replaceSealed(db, secret, sealSecret(vault, place, secret.key, text));
      } catch (err) {
        if (!(err instanceof VaultError)) throw err;
        logger.warn({ err, key: secret.key }, 'a secret was sealed with a key that is not configured');
      }
    }
    after = secrets.at(-1);
    if (after === undefined) return;
  }
}
