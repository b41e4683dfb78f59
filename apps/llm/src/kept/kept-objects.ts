import { AppError, isStoreOutage, unavailable, type Logger } from '@turnpike/service-kit';
import type { Call, References } from '../calls/call.ts';
import type { Database } from '../database.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { KeptAct, KeptKind } from '../paths/kept-paths.ts';
import { listFormOf, pageOf, readPage } from './kept-lists.ts';
import { ownerOf } from './owner.ts';
import { countOwnedItems, keepItems } from './stores/kept-items.ts';
import {
  countKept,
  countOwned,
  describeObject,
  forgetObject,
  keepObject,
  listKept,
  modelOfObject,
  type KeptScope,
} from './stores/kept-objects.ts';

/** How many of a kind one owner may keep under an account that many share. Of containers, which end by themselves, how many it may make in a day. */
const KEPT_MAX: Readonly<Partial<Record<KeptKind, number>>> = {
  file: 1_000,
  vector_store: 100,
  container: 100,
  skill: 100,
};
const DAY_MS = 86_400_000;
/** Objects that one request may name. */
const NAMED_MAX = 1_000;
/** Items that are noted of one answer. */
const ITEMS_MAX = 1_000;
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
    const makes = kept === undefined || going.length > 0 ? undefined : madeBy(kept);
    const max = makes === undefined ? undefined : KEPT_MAX[makes];
    if (makes === undefined || max === undefined) return;
    if ((await asked(() => countKept(this.#options.database, scope, makes, max, sinceOf(makes)))) < max) return;
    const name = `${makes.replace('_', ' ')}s`;
    throw new AppError('request.malformed', {
      detail:
        makes === 'container'
          ? `At most ${max} ${name} can be made in a day.`
          : `At most ${max} ${name} can be kept. Delete some that are not needed any more.`,
    });
  }

  /** Notes that the caller has made an object; false where nobody can use it now. `object`: what the vendor says of it; `model`: what made it. */
  async made(call: Call, kind: KeptKind, id: string, object: unknown, model?: string): Promise<boolean> {
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
        model,
      });
    } catch (err) {
      logger.error({ err, requestId, kind, id }, 'whose an object at a vendor is was not noted');
      return false;
    }
  }

  /** The model that made what a path names; `undefined` where nobody has noted it. */
  async modelOf(call: Call): Promise<string | undefined> {
    const { operation, credential } = call;
    const { id } = operation.kept ?? {};
    if (id === undefined || !credential.shared) return undefined;
    return asked(() => modelOfObject(this.#options.database, scopeOf(call), id));
  }

  /** Notes the items that an answer showed of an object of the caller's, so that requests may name them. Of very many only the first. */
  async showed(call: Call, objectId: string, ids: readonly string[]): Promise<void> {
    const { credential, requestId } = call;
    await keepItems(this.#options.database, credential.id, objectId, ids.slice(0, ITEMS_MAX)).catch((err: unknown) => {
      this.#options.logger.warn({ err, requestId, objectId }, 'items of an object at a vendor were not noted');
    });
  }

  /** Notes how the vendor describes an object now. Lists show it as it was before where that fails. */
  async described(call: Call, id: string, object: Prisma.InputJsonObject): Promise<void> {
    await describeObject(this.#options.database, scopeOf(call), id, object).catch((err: unknown) => {
      this.#options.logger.warn(
        { err, requestId: call.requestId, id },
        'how an object at a vendor is now was not noted',
      );
    });
  }

  /** Notes that the vendor has deleted an object. Where that is not noted, the vendor answers 404 from then on. */
  async removed(call: Call, { id, kind }: KeptAct): Promise<void> {
    if (id === undefined) return;
    const { database } = this.#options;
    const scope = scopeOf(call);
    // What was done in a container names it still, and it counts among those of its day.
    const forgotten =
      kind === 'container' ? describeObject(database, scope, id, undefined) : forgetObject(database, scope, id);
    await forgotten.catch((err: unknown) => {
      this.#options.logger.warn({ err, requestId: call.requestId, id }, 'a deleted object was not forgotten');
    });
  }

  /** The caller's objects of a kind as the vendor lists them. Throws 404 for a cursor that is none of them, and 400. */
  async list(call: Call, kind: KeptKind): Promise<unknown> {
    const form = listFormOf(call.operation.dialect, kind);
    const page = readPage(form, new URLSearchParams(call.query));
    const found = await asked(() => listKept(this.#options.database, scopeOf(call), { ...page, kind }));
    if (found === undefined) throw notFound();
    return pageOf(form, page, found);
  }
}

function sinceOf(kind: KeptKind): Date | undefined {
  return kind === 'container' ? new Date(Date.now() - DAY_MS) : undefined;
}

/** Of which kind an object is that an act makes. */
function madeBy({ kind, act }: KeptAct): KeptKind | undefined {
  if (act !== 'make' && act !== 'upload') return undefined;
  return kind === 'upload' ? 'file' : kind;
}

function scopeOf({ identity, credential }: Call): KeptScope {
  return { credentialId: credential.id, owner: ownerOf(identity) };
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
