import { createHmac } from 'node:crypto';

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

/** Settings that hold secrets. A service whose schema has one does not start in production without it. */
const SECRETS: readonly string[] = [
  'SERVICE_API_KEY',
  'ADMIN_API_KEY',
  'INTERNAL_SIGNING_SECRET',
  'GATEWAY_SIGNING_SECRET',
];

export interface SecretOptions {
  /** Further variables that production cannot start without; each value is checked for strength. */
  readonly secrets?: readonly string[];
  /** Variables that may be missing in production as well, but not weak. */
  readonly optionalSecrets?: readonly string[];
}

type Present = Readonly<Record<string, string | undefined>>;

/** What is wrong with the secrets of a service that has the settings `names`, one sentence per fault, without values. */
export function secretFaults(
  names: readonly string[],
  present: Present,
  { secrets = [], optionalSecrets = [] }: SecretOptions,
): string[] {
  if (present['NODE_ENV'] !== 'production') return sharedSecrets(present);
  const needed = [...SECRETS.filter((name) => names.includes(name)), ...secrets];
  const given = optionalSecrets.filter((name) => present[name] !== undefined);
  const faults = [...needed.filter((name) => !optionalSecrets.includes(name)), ...given].flatMap((name) =>
    weakSecrets(name, present[name]),
  );
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
