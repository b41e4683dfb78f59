import { useSearch } from '@tanstack/react-router';
import type { Scope } from './client.ts';

/** The part of each address that says where a screen works. */
export interface ScopeSearch {
  readonly org?: string | undefined;
  readonly env?: 'test' | undefined;
}

const SLUG = /^[a-z0-9-]{1,100}$/;

/** Reads it; what is none is nothing. */
export function scopeSearch(search: Readonly<Record<string, unknown>>): ScopeSearch {
  const { org, env } = search;
  if (typeof org !== 'string' || !SLUG.test(org)) return { org: undefined, env: undefined };
  return { org, env: env === 'test' ? env : undefined };
}

/** Where the screen works. */
export function useScope(): Scope | undefined {
  const { org, env } = useSearch({ strict: false });
  return org === undefined ? undefined : { organisation: org, environment: env ?? 'prod' };
}
