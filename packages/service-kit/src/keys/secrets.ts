import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** Shortest secret accepted in production, in bytes. */
const SECRET_BYTES_MIN = 32;
/** Words that give away a secret nobody chose. */
const WEAK = /^(?:change[-_ ]?me|secret|password|test|dev|demo|admin|example|default|local)|^(.)\1*$/i;

/** Why a secret must not be used in production, or `undefined` where it may be. */
export function weakness(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN)
    return `must be at least ${SECRET_BYTES_MIN} bytes long in production`;
  if (WEAK.test(secret)) return 'looks like a placeholder; set a random value';
  return undefined;
}

/**
 * What a setting with a secret says of itself in `.meta()`: production does not start without a `required` one; an `optional` one may be
 * missing there; neither may be weak. A `foreign` one was made by somebody else (a provider, a server), so only they can judge it.
 */
export type SecretKind = 'required' | 'optional' | 'foreign';

declare module 'zod' {
  interface GlobalMeta {
    /** Whether the setting's value must be kept from everybody else. */
    readonly secret?: SecretKind;
    /** What is used without the setting, in words, where that depends on the machine. */
    readonly fallback?: string;
  }
}

type Present = Readonly<Record<string, string | undefined>>;

/** What is wrong with the secrets of a service that has the settings of `schema`, one sentence per fault, without values. */
export function secretFaults(schema: z.ZodObject, present: Present): string[] {
  if (present['NODE_ENV'] !== 'production') return sharedSecrets(present);
  const faults = Object.entries(schema.shape).flatMap(([name, field]) => {
    const kind = z.globalRegistry.get(field)?.secret;
    const judged = kind === 'required' || (kind === 'optional' && present[name] !== undefined);
    return judged ? weakSecrets(name, present[name]) : [];
  });
  return [...faults, ...sharedSecrets(present)];
}

function weakSecrets(name: string, value: string | undefined): string[] {
  if (value === undefined) return [`${name}: is not set, and production needs it`];
  return value.split(',').flatMap((secret) => {
    const fault = weakness(secret.trim());
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

/** Backends are given the one so that they need not be given the other. */
function sharedSecrets({ GATEWAY_SIGNING_SECRET, INTERNAL_SIGNING_SECRET }: Present): string[] {
  const ofBackends = valuesOf(GATEWAY_SIGNING_SECRET);
  return valuesOf(INTERNAL_SIGNING_SECRET).some((secret) => ofBackends.includes(secret))
    ? ['INTERNAL_SIGNING_SECRET: must not be GATEWAY_SIGNING_SECRET, which backends hold']
    : [];
}

function valuesOf(text = ''): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** With what the edge signs for our own services, and they verify. Production does not start without `INTERNAL_SIGNING_SECRET`. */
export function internalSigningSecrets(config: {
  readonly SERVICE_API_KEY: readonly string[];
  readonly INTERNAL_SIGNING_SECRET: readonly string[];
}): readonly string[] {
  if (config.INTERNAL_SIGNING_SECRET.length > 0) return config.INTERNAL_SIGNING_SECRET;
  return config.SERVICE_API_KEY.map((key) =>
    createHmac('sha256', key).update('turnpike internal signature').digest('hex'),
  );
}
