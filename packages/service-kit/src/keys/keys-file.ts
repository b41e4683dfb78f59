import { readFileSync } from 'node:fs';
import { z } from 'zod';

const GRANTS = ['internal', 'act_as_user', 'resolve'] as const;

/** What the name of a grant may look like; what looks otherwise may be a key in the wrong place, and is not repeated. */
const GRANT_NAME = /^[a-z_:.-]{1,40}$/i;

/**
 * What a key of the keys file may be allowed: `internal` calls internal routes, `resolve` finds and creates users by external id,
 * `act_as_user` names the user it acts for in `X-User-ID`.
 */
export const serviceGrant = z.enum(GRANTS, {
  error: ({ input }) => {
    const named = typeof input === 'string' && GRANT_NAME.test(input) ? `"${input}"` : 'this';
    return `${named} is no grant; a key may have ${GRANTS.join(', ')}`;
  },
});

/** Shortest key accepted in a keys file, in characters. */
const KEY_CHARS_MIN = 16;

const keysFile = z.strictObject({
  keys: z
    .array(
      // Strict, because a misspelt `grants` would leave the key with more than its owner meant to give.
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes'),
        /** One value, or two while it rotates. */
        values: z
          .array(z.string().min(KEY_CHARS_MIN, `must have at least ${KEY_CHARS_MIN} characters`))
          .min(1)
          .max(2),
        grants: z.array(serviceGrant).default(['internal', 'resolve']),
      }),
    )
    .superRefine((keys, context) => {
      const repeat = (what: string): void => context.addIssue({ code: 'custom', message: what });
      if (repeats(keys.map(({ name }) => name))) repeat('two keys have the same name');
      if (repeats(keys.flatMap(({ values }) => values))) repeat('two keys have the same value');
    }),
});

export type NamedKeys = z.output<typeof keysFile>['keys'];

/** Reads a file of named service keys. Returns the keys, or in words what is wrong with the file; values of keys are not among them. */
export function readKeysFile(path: string): { readonly keys: NamedKeys } | { readonly fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { fault: `${path} cannot be read as JSON` };
  }
  const result = keysFile.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) =>
    [...(issue.path.length > 0 ? [issue.path.join('.')] : []), issue.message].join(': '),
  );
  return { fault: `${path} is not usable: ${faults.join('; ')}` };
}

function repeats(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}
