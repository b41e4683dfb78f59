import type { ConfigKey } from '@turnpike/contracts';

/** A value as it travels: what a key of the registry takes. */
export type ConfigJson = string | number | boolean | readonly string[];

/** What is set of a key in one place: by operators for everybody, or by an organisation for itself. */
export interface StoredValue {
  readonly key: ConfigKey;
  readonly value: ConfigJson | null;
  /** In place of the value, of a secret. */
  readonly sealed: Uint8Array | null;
  /** Of the operators' only. */
  readonly isLocked: boolean;
  readonly version: number;
  readonly updatedBy: string | null;
  readonly updatedAt: Date;
}

/** Values of the environment, or else of the registry. */
export type Bootstrap = Readonly<Record<ConfigKey, ConfigJson | null>>;

/** What is in force, and whose it is. */
export type InForce =
  | { readonly source: 'bootstrap'; readonly value: ConfigJson | null; readonly stored: undefined }
  | { readonly source: 'system' | 'tenant'; readonly value: ConfigJson | null; readonly stored: StoredValue };

/** Whether there is a value, and not only a lock or what a value left behind. */
function isSet(stored: StoredValue | undefined): stored is StoredValue {
  return stored !== undefined && (stored.value !== null || stored.sealed !== null);
}

/**
 * The chain: the organisation's own value, unless operators hold the key locked; theirs; the environment's. A value that waits under a lock is
 * kept, and in force again without it. A lock without a value holds everybody to the environment, as it is and as it will be.
 */
export function inForce(
  bootstrap: ConfigJson | null,
  system: StoredValue | undefined,
  own: StoredValue | undefined,
): InForce {
  if (isSet(own) && system?.isLocked !== true) return { source: 'tenant', value: own.value, stored: own };
  if (isSet(system)) return { source: 'system', value: system.value, stored: system };
  return { source: 'bootstrap', value: bootstrap, stored: undefined };
}
