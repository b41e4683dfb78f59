import { createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  alertSettings,
  commonSettings,
  ConfigError,
  databaseSettings,
  env,
  gatewaySettings,
  loadConfig,
  redisSettings,
  tierSettings,
  trustSettings,
  weakness,
} from '@turnpike/service-kit';
import { configurationSettings } from './configuration/settings.ts';
import { managedPlaceOf, managedSettings, type ManagedPlace } from './storage/managed/settings.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be lower-case letters, digits, dashes and underscores');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable');
/** Shortest key-encryption key, in bytes. */
const ENCRYPTION_KEY_BYTES_MIN = 32;
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** Where it is, the key it takes, and the secret it verifies with where that is its own (as in the routes file). */
const place = {
  url: httpUrl,
  service_key_variable: variable.optional(),
  signing_secret_variable: variable.default('GATEWAY_SIGNING_SECRET'),
};

/** Backends that erase a user's data when told, by a POST signed like every call of the gateway. */
const erasureWebhooks = z.array(z.object({ name, ...place }));

/** Members of an export that backends hold: lists (`{"items":[…]}` or an array) that take `limit` and `offset`. */
const exportSources = z.array(z.object({ section: name, ...place }));

export const settings = z.object({
  ...commonSettings,
  ...trustSettings,
  ...gatewaySettings,
  ...databaseSettings('turnpike_users'),
  ...redisSettings,
  ...tierSettings,
  USERS_PORT: env.port(8082).describe('Port of this service.'),
  AUTH_URL: env.url('http://127.0.0.1:8081').describe('Where auth answers.'),
  CREDITS_URL: env.url('http://127.0.0.1:8083').describe('Where credits answers.'),
  USAGE_URL: env.url('http://127.0.0.1:8085').describe('Where usage answers.'),
  LLM_URL: env.url('http://127.0.0.1:8084').describe('Where the LLM gateway answers.'),
  FLASH_URL: env.url('http://127.0.0.1:8090').describe('Where Flash answers, for the scenes in an export.'),
  SIGNUP_CREDITS: env.int(50, 0, 1_000_000).describe('Credits a new user receives once; 0 grants none.'),
  USERS_ENCRYPTION_KEY: env
    .list()
    .refine(
      (keys) => keys.every((key) => Buffer.byteLength(key) >= ENCRYPTION_KEY_BYTES_MIN),
      `each must be at least ${ENCRYPTION_KEY_BYTES_MIN} bytes long`,
    )
    .meta({
      description:
        'Key-encryption keys: seal the secrets of the configuration. The first seals, all open. Outside production made from SERVICE_API_KEY unless set.',
      secret: 'required',
    }),
  ...configurationSettings,
  ...alertSettings,
  STORAGE_INTERNAL_ALLOWED: env
    .flag(false)
    .describe(
      'Whether the stores of organisations may be at private addresses and take http: for stores of your own inside, and for tests. Otherwise they are public ones, at https.',
    ),
  ...managedSettings,
  ERASURE_WEBHOOKS: env
    .json(erasureWebhooks)
    .default([])
    .describe(
      'JSON list of `{name, url, service_key_variable?, signing_secret_variable?}`: backends that are told to erase a user.',
    ),
  EXPORT_SOURCES: env
    .json(exportSources)
    .optional()
    .describe(
      "JSON list of `{section, url, service_key_variable?, signing_secret_variable?}`: lists of backends that belong into an export. Without it: Flash's `timepoints`.",
    ),
  ERASURE_STEP_TIMEOUT_MS: env
    .int(10_000, 100, 300_000)
    .describe('How long one attempt to erase somewhere may take, in milliseconds.'),
});

type Settings = z.output<typeof settings>;

/** A place at a backend, with the key it takes and the secret it verifies with. */
interface ConfiguredBackend {
  readonly name: string;
  readonly url: string;
  readonly serviceKey: string | undefined;
  readonly signingSecret: string | undefined;
}

export interface Config extends Omit<Settings, 'ERASURE_WEBHOOKS' | 'EXPORT_SOURCES' | 'USERS_ENCRYPTION_KEY'> {
  /** At least one. */
  readonly encryptionKeys: readonly string[];
  /** Where archives go of organisations without a store of their own; `undefined` for nowhere. */
  readonly managedPlace: ManagedPlace;
  readonly erasureWebhooks: readonly ConfiguredBackend[];
  /** `name` is the member of the export. */
  readonly exportSources: readonly ConfiguredBackend[];
}

/** Settings of the users service; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // USERS_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, { ...environment, USERS_PORT: environment['USERS_PORT'] || environment['PORT'] });
  const sources = config.EXPORT_SOURCES ?? [
    {
      section: 'timepoints',
      url: `${config.FLASH_URL}/api/v1/users/me/timepoints`,
      service_key_variable: 'FLASH_SERVICE_KEY',
      signing_secret_variable: 'GATEWAY_SIGNING_SECRET',
    },
  ];
  const { USERS_ENCRYPTION_KEY: encryptionKeys, ...rest } = config;
  return Object.freeze({
    ...rest,
    managedPlace: managedPlaceOf(config),
    encryptionKeys: encryptionKeys.length > 0 ? encryptionKeys : [localEncryptionKey(config.SERVICE_API_KEY)],
    erasureWebhooks: config.ERASURE_WEBHOOKS.map((webhook) => ({
      ...webhook,
      serviceKey: secretFrom(webhook.service_key_variable, environment),
      signingSecret: secretFrom(webhook.signing_secret_variable, environment),
    })),
    exportSources: sources.map(({ section, ...source }) => ({
      ...source,
      name: section,
      serviceKey: secretFrom(source.service_key_variable, environment),
      signingSecret: secretFrom(source.signing_secret_variable, environment),
    })),
  });
}

/** Outside production there is one without a setting: the same at every start, as long as the service key is. */
function localEncryptionKey([serviceKey = '']: readonly string[]): string {
  return createHmac('sha256', serviceKey).update('turnpike users encryption').digest('hex');
}

/** The first of the (comma-separated) secrets in a variable that a setting names. In production it must be set, and strong. */
function secretFrom(
  variableName: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (variableName === undefined) return undefined;
  const refuse = (fault: string): never => {
    throw new ConfigError(`Configuration is not usable.\n  ${variableName}: ${fault}`);
  };
  if (variableName === 'INTERNAL_SIGNING_SECRET') refuse('is for our own services; no backend may know it');
  const [secret] = (environment[variableName] ?? '').split(',').map((value) => value.trim());
  if (environment['NODE_ENV'] !== 'production') return secret || undefined;
  if (!secret) return refuse('is not set, and a backend is called with it');
  const fault = weakness(secret);
  return fault === undefined ? secret : refuse(fault);
}
