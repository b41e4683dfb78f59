import { VaultError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { openSecret, sealSecret } from './choose-store.ts';
import { replaceSecret, secretsWithoutMark } from './stores/storage-settings.ts';

const BATCH_MAX = 100;

/** Seals anew, with the first key, the secrets of stores that another key sealed. As safe to repeat and to break off as that of the configuration. */
export async function resealStores(
  context: Pick<Context, 'database' | 'logger' | 'vault'>,
  signal: AbortSignal,
): Promise<void> {
  const { database, logger, vault } = context;
  let after: string | undefined;
  while (!signal.aborted) {
    const stores = await secretsWithoutMark(database, vault.mark, after, BATCH_MAX);
    for (const store of stores) {
      try {
        await replaceSecret(database, store, sealSecret(context, store.organisationId, openSecret(context, store)));
      } catch (err) {
        if (!(err instanceof VaultError)) throw err;
        logger.warn(
          { err, organisationId: store.organisationId },
          'a store was sealed with a key that is not configured',
        );
      }
    }
    after = stores.at(-1)?.organisationId;
    if (after === undefined) return;
  }
}
