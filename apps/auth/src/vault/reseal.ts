import { VaultError } from '@turnpike/service-kit';
import type { Db } from '../database.ts';
import type { Vault } from './domain/vault.ts';
import {
  pagesOf,
  replaceSealed,
  SEALED_COLUMNS,
  valuesWithoutMark,
  type SealedColumn,
} from './stores/sealed-values.ts';

/** Pages of a table read by one statement, so that none takes the longer the larger the table is. */
const PAGES_PER_READ = 100;

export interface ResealOutcome {
  readonly resealed: number;
  /** Values that no configured key opens; they stay as they are. */
  readonly unopened: number;
}

/**
 * Seals anew, with the first key, every stored value that another key sealed. Safe to repeat, to break off (`signal`),
 * and to run in several instances at once: a value is replaced only where it is unchanged.
 */
export async function reseal(db: Db, vault: Vault, signal?: AbortSignal): Promise<ResealOutcome> {
  let resealed = 0;
  let unopened = 0;
  for (const column of SEALED_COLUMNS) {
    // Pages that are added meanwhile hold what was just sealed with the first key.
    const pages = await pagesOf(db, column);
    for (let page = 0; page < pages && signal?.aborted !== true; page += PAGES_PER_READ) {
      for (const value of await valuesWithoutMark(db, column, vault.mark, page, page + PAGES_PER_READ)) {
        const fresh = sealedAnew(vault, column, value.context, value.sealed);
        if (fresh === undefined) unopened += 1;
        else if (await replaceSealed(db, column, value, fresh)) resealed += 1;
      }
    }
  }
  return { resealed, unopened };
}

function sealedAnew(vault: Vault, { purpose }: SealedColumn, context: string, sealed: Buffer): Buffer | undefined {
  try {
    return vault.seal(purpose, vault.open(purpose, sealed, context), context);
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
}
