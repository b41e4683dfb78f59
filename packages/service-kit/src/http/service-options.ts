import { internalSigningSecrets } from '../keys/secrets.ts';
import { loadServiceKeys } from '../keys/service-keys.ts';
import type { ServiceAppOptions } from './app.ts';

/** The settings that every service of ours reads, as far as they decide how it is served. */
export interface ServedConfig {
  readonly SERVICE_VERSION: string;
  readonly NODE_ENV: string;
  readonly SERVICE_API_KEY: readonly string[];
  readonly SERVICE_KEYS_FILE?: string | undefined;
  readonly ADMIN_API_KEY: readonly string[];
  readonly INTERNAL_SIGNING_SECRET: readonly string[];
}

/** What every service of ours does alike: who may call it, and that its responses are checked outside production. Throws `ConfigError`. */
export function optionsFrom(config: ServedConfig): Pick<ServiceAppOptions, 'version' | 'keys' | 'checkResponses'> {
  return {
    version: config.SERVICE_VERSION,
    keys: {
      serviceKeys: loadServiceKeys(config),
      adminKeys: config.ADMIN_API_KEY,
      gatewaySecrets: internalSigningSecrets(config),
    },
    checkResponses: config.NODE_ENV !== 'production',
  };
}
