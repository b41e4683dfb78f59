import { AppError, isStoreOutage, unavailable, type Logger } from '@turnpike/service-kit';
import type { Call, References } from '../calls/call.ts';
import type { Database } from '../database.ts';
import type { KeptKind } from '../paths/kept-paths.ts';
import { ownerOf } from './owner.ts';
import { countOwnedItems, keepItems } from './stores/kept-items.ts';
import { countKept, countOwned, forgetObject, keepObject, listKept, type KeptScope } from './stores/kept-objects.ts';

/** Files that one owner may keep under an account that many share. */
const FILES_MAX = 1_000;
/** Objects that one request may name. */
const NAMED_MAX = 1_000;
/** Items that are noted of one answer. */
const ITEMS_MAX = 1_000;
/** Most entries of a page. */
const PAGE_MAX = 1_000;
/** How each vendor asks for a page of files: the names of its query, and how long a page is. */
const LISTS = {
  openai: { limit: 'limit', after: 'after', before: undefined, page: PAGE_MAX, pageMax: PAGE_MAX },
  anthropic: { limit: 'limit', after: 'after_id', before: 'before_id', page: 20, pageMax: PAGE_MAX },
  gemini: { limit: 'pageSize', after: 'pageToken', before: undefined, page: 10, pageMax: 100 },
} as const;

export interface KeptObjectsOptions {
  readonly database: Database;
  readonly logger: Logger;
}

/**
 * Objects that vendors keep under accounts that many share: each is used by its owner alone. Under an organisation's own account all are its own, so
 * there nothing is asked or noted.
 */
export class KeptObjects {
  readonly #options: KeptObjectsOptions;

  constructor(options: KeptObjectsOptions) {
    this.#options = options;
  }

  /**
   * Throws 404 where the path or the body names what is not the caller's under this credential, 400 for more files than it may keep, 503 while the
   * database is down.
   */
  async require(call: Call, named: References): Promise<void> {
    const { operation, credential } = call;
    if (!credential.shared) return;
    const { kept } = operation;
    const going = kept?.act === 'upload' ? new URLSearchParams(call.query).getAll('upload_id') : [];
    const ids = new Set([...(kept?.id === undefined ? [] : [kept.id]), ...going, ...named.objects]);
    const items = new Set(named.items);
    if (ids.size + items.size > NAMED_MAX)
      throw new AppError('request.malformed', {
        detail: `A request may name at most ${NAMED_MAX} files, responses and items that the provider keeps.`,
      });
    const scope = scopeOf(call);
    if (ids.size > 0) {
      const owned = await asked(() => countOwned(this.#options.database, scope, [...ids]));
      if (owned < ids.size) throw notFound();
    }
    if (items.size > 0) {
      const owned = await asked(() => countOwnedItems(this.#options.database, scope, [...items]));
      if (owned < items.size)
        throw new AppError('resource.not_found', {
          detail:
            'An item that the request names was not found. Send it whole, or name one of a stored response or a conversation of yours.',
        });
    }
    const makesFile = kept?.kind === 'file' && (kept.act === 'make' || (kept.act === 'upload' && going.length === 0));
    if (!makesFile) return;
    const files = await asked(() => countKept(this.#options.database, scope, 'file', FILES_MAX));
    if (files >= FILES_MAX)
      throw new AppError('request.malformed', {
        detail: `At most ${FILES_MAX} files can be kept. Delete some that are not needed any more.`,
      });
  }

  /** Notes that the caller has made an object; false where nobody can use it now. `object`: what the vendor says of it. */
  async made(call: Call, kind: KeptKind, id: string, object: unknown): Promise<boolean> {
    const { identity, credential, requestId } = call;
    const { database, logger } = this.#options;
    try {
      return await keepObject(database, {
        credentialId: credential.id,
        id,
        kind,
        organisationId: identity.organisation?.id,
        environment: identity.organisation?.env,
        userId: identity.userId,
        keyId: identity.keyId,
        object,
      });
    } catch (err) {
      logger.error({ err, requestId, kind, id }, 'whose an object at a vendor is was not noted');
      return false;
    }
  }

  /** Notes the items that an answer showed of an object of the caller's, so that requests may name them. Of very many only the first. */
  async showed(call: Call, objectId: string, ids: readonly string[]): Promise<void> {
    const { credential, requestId } = call;
    await keepItems(this.#options.database, credential.id, objectId, ids.slice(0, ITEMS_MAX)).catch((err: unknown) => {
      this.#options.logger.warn({ err, requestId, objectId }, 'items of an object at a vendor were not noted');
    });
  }

  /** Notes that the vendor has deleted an object. Where that is not noted, the vendor answers 404 from then on. */
  async removed(call: Call, id: string): Promise<void> {
    await forgetObject(this.#options.database, scopeOf(call), id).catch((err: unknown) => {
      this.#options.logger.warn({ err, requestId: call.requestId, id }, 'a deleted object was not forgotten');
    });
  }

  /** The caller's files as the vendor lists them. Throws 404 for a cursor that is none of them, and 400. */
  async list(call: Call): Promise<unknown> {
    const { dialect } = call.operation;
    const query = new URLSearchParams(call.query);
    const form = LISTS[dialect === 'anthropic' || dialect === 'gemini' ? dialect : 'openai'];
    const limit = limitOf(query.get(form.limit), form.page, form.pageMax);
    const before = form.before === undefined ? undefined : (query.get(form.before) ?? undefined);
    const ascending = before !== undefined || (dialect !== 'anthropic' && query.get('order') === 'asc');
    const found = await asked(() =>
      listKept(this.#options.database, scopeOf(call), {
        kind: 'file',
        purpose: query.get('purpose') ?? undefined,
        after: before ?? query.get(form.after) ?? undefined,
        order: ascending ? 'asc' : 'desc',
        limit: limit + 1,
      }),
    );
    if (found === undefined) throw notFound();
    const page = found.slice(0, limit);
    if (before !== undefined) page.reverse();
    const objects = page.map(({ object }) => object);
    const more = found.length > limit;
    const last = page.at(-1)?.id ?? null;
    if (dialect === 'gemini') return { files: objects, ...(more && { nextPageToken: last }) };
    return {
      ...(dialect === 'anthropic' ? {} : { object: 'list' }),
      data: objects,
      has_more: more,
      first_id: page[0]?.id ?? null,
      last_id: last,
    };
  }
}

function scopeOf({ identity, credential }: Call): KeptScope {
  return { credentialId: credential.id, owner: ownerOf(identity) };
}

/** How long a page may be that a query asks for. Throws 400. */
export function limitOf(text: string | null, otherwise: number, max = PAGE_MAX): number {
  if (text === null) return otherwise;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new AppError('request.malformed', { detail: 'The limit must be a whole number of at least 1.' });
  return Math.min(limit, max);
}

/** What a query finds. Throws 503 while the database is down. */
export async function asked<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw isStoreOutage(error) ? unavailable('The LLM gateway', error) : error;
  }
}

/** What is somebody else's is not told from what there is not. */
function notFound(): AppError {
  return new AppError('resource.not_found', { detail: 'What the request names was not found.' });
}
