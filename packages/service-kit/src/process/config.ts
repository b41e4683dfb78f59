import { z } from 'zod';
import { secretFaults } from '../keys/secrets.ts';

/** A broken configuration: one sentence per variable. `main` prints it and exits with 78 (EX_CONFIG), without a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A comma-separated list of values; blanks are dropped. */
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** Builders for configuration fields. Each field says its meaning with `.describe()`, a secret with `.meta({ description, secret })`; docs/reference/settings.md shows them. */
export const env = {
  string: () => z.string().min(1),
  list: () => list,
  /** `true/false/1/0/yes/no`, or the default. */
  flag: (fallback: boolean) =>
    z
      .enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' })
      .optional()
      .transform((text) => (text === undefined ? fallback : ['true', '1', 'yes'].includes(text))),
  /** 0 asks the system for a free port. */
  port: (fallback: number) =>
    z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535).default(fallback),
  /** A port of something that is off unless it is set. */
  optionalPort: () => z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535).optional(),
  int: (fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) =>
    z.coerce.number({ error: 'must be a whole number' }).int().min(min).max(max).default(fallback),
  /** An http(s) URL without a trailing slash. */
  url: (fallback?: string) => {
    const url = z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .transform((text) => text.replace(/\/+$/, ''));
    return fallback === undefined ? url : url.default(fallback);
  },
  json: <T extends z.ZodType>(schema: T) =>
    z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          context.addIssue({ code: 'custom', message: 'must be JSON' });
          return z.NEVER;
        }
      })
      .pipe(schema),
} as const;

/**
 * Parses and freezes a service's settings. Secrets are those whose `.meta()` says so (`SecretKind`). Empty variables count as absent, as container tools set them so. Throws `ConfigError` naming
 * every variable at fault; values never appear in the message.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<S>> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  const faults = result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${describe(issue, present)}`);
  faults.push(...secretFaults(schema, present));
  if (faults.length > 0 || !result.success)
    throw new ConfigError(`Configuration is not usable.\n  ${faults.join('\n  ')}`);
  return Object.freeze(result.data);
}

function describe(issue: z.core.$ZodIssue, present: Readonly<Record<string, string | undefined>>): string {
  const absent = issue.path.length === 1 && present[String(issue.path[0])] === undefined;
  return issue.code === 'invalid_type' && absent ? 'is not set' : issue.message;
}
