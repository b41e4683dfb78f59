import { AppError } from '@turnpike/service-kit';
import type { KeptObject } from '../generated/prisma/client.ts';
import type { Dialect } from '../paths/dialect.ts';
import type { KeptKind } from '../paths/kept-paths.ts';
import type { KeptPage } from './stores/kept-objects.ts';

/** How a vendor asks for a page of objects, and how it answers. */
export interface ListForm {
  readonly limit: string;
  readonly after: string;
  readonly before: string | undefined;
  /** Entries of a page, without a word and at most. */
  readonly page: number;
  readonly pageMax: number;
  /** Whether a query may ask for the oldest first. */
  readonly ordered: boolean;
  readonly answer: (objects: readonly unknown[], page: Shown) => unknown;
}

/** What of a page is shown. */
interface Shown {
  readonly first: string | null;
  readonly last: string | null;
  readonly more: boolean;
}

const PAGE_MAX = 1_000;

const ofOpenai = {
  limit: 'limit',
  after: 'after',
  before: 'before',
  ordered: true,
  answer: (data: readonly unknown[], page: Shown) => ({ object: 'list', ...listed(data, page) }),
};
const FORMS = {
  openaiFiles: { ...ofOpenai, page: PAGE_MAX, pageMax: PAGE_MAX },
  openai: { ...ofOpenai, page: 20, pageMax: 100 },
  anthropicFiles: {
    limit: 'limit',
    after: 'after_id',
    before: 'before_id',
    page: 20,
    pageMax: PAGE_MAX,
    ordered: false,
    answer: listed,
  },
  anthropic: {
    limit: 'limit',
    after: 'page',
    before: undefined,
    page: 20,
    pageMax: 100,
    ordered: false,
    answer: (data, { last, more }) => ({ data, has_more: more, next_page: more ? last : null }),
  },
  google: {
    limit: 'pageSize',
    after: 'pageToken',
    before: undefined,
    page: 10,
    pageMax: 100,
    ordered: false,
    answer: (files, { last, more }) => ({ files, ...(more && { nextPageToken: last }) }),
  },
} as const satisfies Readonly<Record<string, ListForm>>;

/** The form of a vendor's lists of a kind. */
export function listFormOf(dialect: Dialect, kind: KeptKind): ListForm {
  if (dialect === 'gemini') return FORMS.google;
  if (dialect === 'anthropic') return kind === 'file' ? FORMS.anthropicFiles : FORMS.anthropic;
  return kind === 'file' ? FORMS.openaiFiles : FORMS.openai;
}

/** Which page of a list is asked for. */
export interface AskedPage extends Omit<KeptPage, 'kind'> {
  /** It is the one before the cursor. */
  readonly backwards: boolean;
}

/** What a query asks for, with one entry more, which tells whether there are more pages. Throws 400. */
export function readPage(form: ListForm, query: URLSearchParams): AskedPage {
  const before = form.before === undefined ? undefined : (query.get(form.before) ?? undefined);
  const ascending = form.ordered && query.get('order') === 'asc';
  const backwards = before !== undefined;
  return {
    purpose: query.get('purpose') ?? undefined,
    after: before ?? query.get(form.after) ?? undefined,
    order: ascending === backwards ? 'desc' : 'asc',
    limit: limitOf(query.get(form.limit), form.page, form.pageMax) + 1,
    backwards,
  };
}

/** A page as the vendor would answer it. */
export function pageOf(form: ListForm, { limit, backwards }: AskedPage, found: readonly KeptObject[]): unknown {
  const page = found.slice(0, limit - 1);
  if (backwards) page.reverse();
  const objects = page.map(({ object }) => object);
  return form.answer(objects, {
    first: page[0]?.id ?? null,
    last: page.at(-1)?.id ?? null,
    more: found.length === limit,
  });
}

function listed(data: readonly unknown[], { first, last, more }: Shown) {
  return { data, has_more: more, first_id: first, last_id: last };
}

/** How long a page may be that a query asks for. Throws 400. */
export function limitOf(text: string | null, otherwise: number, max = PAGE_MAX): number {
  if (text === null) return otherwise;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new AppError('request.malformed', { detail: 'The limit must be a whole number of at least 1.' });
  return Math.min(limit, max);
}
