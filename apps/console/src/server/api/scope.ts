import { environment } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Scope } from '../sessions/scoped-tokens.ts';

const SLUG = /^[a-z0-9-]{1,100}$/;

/** An organisation and environment as a page names them; throws 400 where they cannot be any. */
export function scopeIn(organisation: string, env: string): Scope {
  const known = environment.safeParse(env);
  if (!SLUG.test(organisation) || !known.success)
    throw new AppError('request.malformed', { detail: 'The organisation or environment of the page is none.' });
  return { organisation, environment: known.data };
}
