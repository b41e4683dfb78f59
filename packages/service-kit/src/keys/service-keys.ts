import type { z } from 'zod';
import { matchKey } from '@turnpike/contracts';
import { AppError } from '../http/errors.ts';
import { ConfigError } from '../process/config.ts';
import { readKeysFile, serviceGrant } from './keys-file.ts';

/** `gateway` is for the deployment's own keys alone: it names the outside service on whose behalf it calls, and is believed. */
export type ServiceGrant = z.output<typeof serviceGrant> | 'gateway';

/** The caller that a service key names, for decisions and for the audit log. */
export interface ServiceCaller {
  readonly name: string;
  readonly grants: ReadonlySet<ServiceGrant>;
}

const ALL_GRANTS: ReadonlySet<ServiceGrant> = new Set([...serviceGrant.options, 'gateway']);

/** The service keys of one process: those of the plain variable (unnamed, all grants) and those of the keys file. */
export class ServiceKeys {
  readonly #values: readonly string[];
  readonly #callers: readonly ServiceCaller[];

  constructor(entries: readonly { value: string; caller: ServiceCaller }[]) {
    this.#values = entries.map((entry) => entry.value);
    this.#callers = entries.map((entry) => entry.caller);
  }

  get configured(): boolean {
    return this.#values.length > 0;
  }

  /** The caller behind a presented key, or `undefined` where the key is nobody's. */
  find(presented: string): ServiceCaller | undefined {
    return this.#callers[matchKey(presented, this.#values)];
  }

  /** Of whom there are keys, and how many values each has; never a value. */
  names(): { name: string; values: number; grants: string[] }[] {
    const names = new Set(this.#callers.map(({ name }) => name));
    return [...names].map((name) => {
      const callers = this.#callers.filter((caller) => caller.name === name);
      return { name, values: callers.length, grants: [...(callers[0]?.grants ?? [])] };
    });
  }

  /**
   * The caller behind a presented key. Throws 503 when no key is configured (an operator's omission, not the caller's fault) and 403
   * when the key is missing or wrong.
   */
  identify(presented: string | undefined): ServiceCaller {
    if (!this.configured) throw new AppError('auth.service_key_unconfigured', { detail: 'Service key not configured' });
    const caller = presented ? this.find(presented) : undefined;
    if (!caller) throw new AppError('auth.service_key_invalid', { detail: 'Invalid service key' });
    return caller;
  }
}

/** Reads service keys from `SERVICE_API_KEY` and, where named, `SERVICE_KEYS_FILE` (JSON). Throws `ConfigError` on an unusable file. */
export function loadServiceKeys(config: {
  readonly SERVICE_API_KEY: readonly string[];
  readonly SERVICE_KEYS_FILE?: string | undefined;
}): ServiceKeys {
  const plain = config.SERVICE_API_KEY.map((value) => ({ value, caller: { name: 'internal', grants: ALL_GRANTS } }));
  if (config.SERVICE_KEYS_FILE === undefined) return new ServiceKeys(plain);
  const file = readKeysFile(config.SERVICE_KEYS_FILE);
  if ('fault' in file) throw new ConfigError(`SERVICE_KEYS_FILE: ${file.fault}`);
  const named = file.keys.flatMap(({ name, values, grants }) =>
    values.map((value) => ({ value, caller: { name, grants: new Set(grants) } })),
  );
  return new ServiceKeys([...plain, ...named]);
}
