import { z } from 'zod';

/**
 * Scopes that first-party routes and the default routes file ask of API keys; operators may name further ones in
 * theirs. A session has every scope of its user.
 */
export const API_SCOPES = {
  'account:read': "Read the profile of the key's owner",
  'credits:read': 'Read the balance and the history of credits',
  'timepoints:read': 'Read timepoints, interactions and temporal links',
  'timepoints:write': 'Generate timepoints, chat and jump; these cost credits',
  'clockchain:read': 'Read moments',
  'clockchain:write': 'Create and change moments',
  'billing:read': 'Read invoices and subscriptions',
  'billing:write': 'Buy credits and change subscriptions',
  'llm:invoke': 'Call language models through the LLM gateway; these cost credits',
  'organisation:read': "Read about the key's organisation",
  'usage:read': 'Read what was used, and by which calls',
  'users:export': "Download everything that is stored about the key's owner",
} as const satisfies Record<string, string>;

export type ApiScope = keyof typeof API_SCOPES;

/** Scopes of a key whose creator named none: all that {@link API_SCOPES} lists, but for the download of all personal data. */
export const DEFAULT_API_KEY_SCOPES: readonly ApiScope[] = (Object.keys(API_SCOPES) as ApiScope[]).filter(
  (scope) => scope !== 'users:export',
);

/** What a scope may be called: lower-case words joined by colons, such as `timepoints:read`. */
export const SCOPE_NAME = /^[a-z][a-z0-9_-]*(?:[:.][a-z0-9_-]+)*$/;
/** Longest scope name, in characters. */
export const SCOPE_CHARS_MAX = 64;
/** Most scopes of one key. */
const SCOPES_MAX = 32;

/** The scopes of a key. A name that no route asks for is accepted and opens nothing: the routes file may come to name it. */
export const apiKeyScopes = z
  .array(
    z
      .string()
      .max(SCOPE_CHARS_MAX)
      .regex(SCOPE_NAME, 'must be lower-case words joined by colons, such as timepoints:read')
      .describe(`At most ${SCOPE_CHARS_MAX} characters.`),
  )
  .max(SCOPES_MAX)
  .describe(
    `At most ${SCOPES_MAX} scopes: ${Object.keys(API_SCOPES).join(', ')}, and those that the routes file names besides.`,
  );
