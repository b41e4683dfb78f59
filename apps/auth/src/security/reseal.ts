import type { Query } from '@turnpike/service-kit';
import { VaultError, type Vault } from '../domain/vault.ts';
import {
  FIRST_PLACE,
  replaceSealed,
  SEALED_COLUMNS,
  valuesWithoutMark,
  type SealedColumn,
} from '../stores/sealed-values.ts';

/** Values read at once. */
const PER_READ_MAX = 200;

export interface ResealOutcome {
  readonly resealed: number;
  /** Values that no configured key opens; they stay as they are. */
  readonly unopened: number;
}

/**
 * Seals anew, with the first key, every stored value that another key sealed, so that the other can be taken out of the configuration.
 * Safe to repeat, to break off, and to run in several instances at once: a value is replaced only where it lies unchanged.
 */
export async function reseal(query: Query, vault: Vault): Promise<ResealOutcome> {
  let resealed = 0;
  let unopened = 0;
  for (const column of SEALED_COLUMNS) {
    const done = await resealColumn(query, vault, column);
    resealed += done.resealed;
    unopened += done.unopened;
  }
  return { resealed, unopened };
}

async function resealColumn(query: Query, vault: Vault, column: SealedColumn): Promise<ResealOutcome> {
  let resealed = 0;
  let unopened = 0;
  let after = FIRST_PLACE;
  for (;;) {
    const values = await valuesWithoutMark(query, column, vault.mark, after, PER_READ_MAX);
    for (const value of values) {
      const fresh = sealedAnew(vault, column, value.context, value.sealed);
      if (fresh === undefined) unopened += 1;
      else if (await replaceSealed(query, column, value, fresh)) resealed += 1;
    }
    const last = values.at(-1);
    if (last === undefined || values.length < PER_READ_MAX) return { resealed, unopened };
    after = last.place;
  }
}

function sealedAnew(vault: Vault, { purpose }: SealedColumn, context: string, sealed: Buffer): Buffer | undefined {
  try {
    return vault.seal(purpose, vault.open(purpose, sealed, context), context);
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
}
