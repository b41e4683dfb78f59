import { randomUUID } from 'node:crypto';
import type { Visibility } from '@turnpike/contracts';
import { slugOf, yearOf } from '../domain/render.ts';
import type { NewMoment } from '../stores/moment-store.ts';
import { visibilityFor } from './create-moment.ts';

/** Characters of a random suffix, which keeps two moments of one name apart. */
const SUFFIX_CHARS = 8;

interface Asked {
  readonly query: string;
  readonly visibility?: Visibility | undefined;
}

/** The moment that a prompt leads to, at a path of its own (`1969/moon-landing-1a2b3c4d`). */
export function momentFor(
  { query, visibility }: Asked,
  createdBy: string | undefined,
  status: NewMoment['status'],
): NewMoment {
  const year = yearOf(query);
  return {
    path: `${year ?? 'undated'}/${slugOf(query)}-${randomUUID().slice(0, SUFFIX_CHARS)}`,
    name: query.slice(0, 200),
    oneLiner: `What happened: ${query.slice(0, 500)}`,
    year,
    visibility: visibilityFor(visibility, createdBy),
    createdBy,
    status,
  };
}
