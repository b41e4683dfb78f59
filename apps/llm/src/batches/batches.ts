import { LLM_PREFIX } from '@turnpike/contracts';
import { AppError, unavailable } from '@turnpike/service-kit';
import type { Call, ReadRequest, RecordSink } from '../calls/call.ts';
import { failureOf } from '../calls/errors.ts';
import { refusedRecordOf } from '../calls/record.ts';
import { scrubbed } from '../calls/scrub.ts';
import { limitOf } from '../kept/kept-lists.ts';
import { asked } from '../kept/kept-objects.ts';
import { ownerOf } from '../kept/owner.ts';
import type { BatchAct } from '../paths/batch-paths.ts';
import { askVendor, NoAnswer, type VendorAnswer } from '../upstream/ask-vendor.ts';
import { clientHeaders, upstreamHeaders } from '../upstream/headers.ts';
import { object } from '../usage/reported.ts';
import { asUnderWay, factsOfBatch } from './batch-facts.ts';
import type { Found } from './check-batch.ts';
import { makeBatch, type MakeTools } from './make-batch.ts';
import { batchAtVendor, hideBatch, listBatches, lookAgain, ownedBatch, type Batch } from './stores/batches.ts';

/** Most entries of a page, and as many as there are without a word. */
const PAGE_MAX = { openai: 100, anthropic: 1_000, gemini: 100 };
const PAGE = 20;
/** In which parameter a query says behind which batch the page begins. */
const AFTER = { openai: 'after', anthropic: 'after_id', gemini: 'pageToken' } as const;

export interface BatchesTools extends MakeTools {
  readonly record: RecordSink;
}

/** What callers do with batches. Under the operator's account each is its owner's alone. */
export class Batches {
  readonly #tools: BatchesTools;

  constructor(tools: BatchesTools) {
    this.#tools = tools;
  }

  /** Answers a call that is about batches; false where it is to be passed on as others are. */
  async serve(call: Call, read: ReadRequest, act: BatchAct): Promise<boolean> {
    if (act.act === 'make') {
      await this.#make(call, read);
      return true;
    }
    if (act.act === 'list') return this.#list(call);
    const batch = await this.#find(call, act.id ?? '');
    switch (act.act) {
      case 'results':
        return false;
      case 'look':
        answer(call, await this.#look(call, read, batch));
        return true;
      case 'cancel':
        answer(call, await this.#cancel(call, read, batch));
        return true;
      case 'delete':
        answer(call, await this.#delete(call, read, batch));
        return true;
    }
  }

  async #make(call: Call, read: ReadRequest): Promise<void> {
    const found: Found = { count: 0, blocked: false };
    try {
      answer(call, await makeBatch(call, read, found, this.#tools));
    } catch (error) {
      this.#tools.record(refusedRecordOf({ call, read, price: undefined, policies: found }, error));
      throw error;
    }
  }

  /** The batch that a path names. Throws 404 where it is somebody else's. Under an organisation's own account it may be one that nobody made here. */
  async #find(call: Call, vendorId: string): Promise<Batch | undefined> {
    const { credential, identity } = call;
    const { database } = this.#tools;
    if (!credential.shared) return (await asked(() => batchAtVendor(database, credential.id, vendorId))) ?? undefined;
    const scope = { credentialId: credential.id, owner: ownerOf(identity) };
    const batch = await asked(() => ownedBatch(database, scope, vendorId));
    if (batch === null) throw notFound();
    return batch;
  }

  /** The batch as the vendor has it now. One that has ended is shown so when it is accounted for: before that nobody can delete its results. */
  async #look(call: Call, read: ReadRequest, batch: Batch | undefined): Promise<VendorAnswer> {
    const now = await this.#ask(call, read);
    if (batch === undefined || now.status >= 300) return now;
    const described = object(JSON.parse(now.bytes.toString()));
    const facts = factsOfBatch(call.operation.dialect, described);
    const seen = await this.#saw(call, batch, described);
    if (facts?.end === undefined) return now;
    const scope = { credentialId: call.credential.id, owner: ownerOf(call.identity) };
    if (
      seen !== undefined &&
      (!call.credential.shared || (await asked(() => this.#tools.accounts.shown(seen, facts, scope))))
    )
      return now;
    return { ...now, bytes: Buffer.from(JSON.stringify(asUnderWay(call.operation.dialect, described))) };
  }

  /** Accounts for it where it has ended; `undefined` where that has to be tried again. */
  async #saw(call: Call, batch: Batch, described: object): Promise<Batch | undefined> {
    const { accounts, logger } = this.#tools;
    try {
      return await accounts.saw(batch, described, call.credential);
    } catch (err) {
      logger.warn(
        { err, requestId: call.requestId, batchId: batch.id },
        'a batch has ended and is accounted for later',
      );
      return accounts.again(batch).catch(() => undefined);
    }
  }

  async #cancel(call: Call, read: ReadRequest, batch: Batch | undefined): Promise<VendorAnswer> {
    const now = await this.#ask(call, read);
    // It ends soon, which nobody should wait for longer than need be.
    if (batch !== undefined)
      await lookAgain(this.#tools.database, batch.id, this.#tools.pollSeconds, 0).catch(() => {});
    return now;
  }

  /** What is deleted can be read no more, so what it used is read before. */
  async #delete(call: Call, read: ReadRequest, batch: Batch | undefined): Promise<VendorAnswer> {
    if (batch !== undefined && batch.state === 'open') {
      const path = call.operation.upstreamPath + call.query;
      const now = await this.#ask(call, { bytes: Buffer.alloc(0) }, { method: 'GET', path });
      if (now.status >= 300) return now;
      const described = object(JSON.parse(now.bytes.toString()));
      const seen = await this.#saw(call, batch, described);
      if (factsOfBatch(call.operation.dialect, described)?.end === undefined)
        throw new AppError('request.malformed', {
          detail: 'A batch can be deleted once it has ended. Cancel it before.',
        });
      if (seen === undefined || seen.state === 'open') throw unavailable('The LLM gateway');
    }
    const now = await this.#ask(call, read);
    if (batch !== undefined && now.status < 300) await hideBatch(this.#tools.database, batch.id).catch(() => {});
    return now;
  }

  /** The owner's batches as they were seen last. Under an organisation's own account the vendor lists them. */
  async #list(call: Call): Promise<boolean> {
    const { credential, identity, operation, query: text } = call;
    const anthropic = operation.dialect === 'anthropic';
    if (!credential.shared) {
      answer(call, await this.#ask(call, { bytes: Buffer.alloc(0) }));
      return true;
    }
    const query = new URLSearchParams(text);
    const before = anthropic ? (query.get('before_id') ?? undefined) : undefined;
    const google = operation.dialect === 'gemini';
    const form = anthropic ? 'anthropic' : google ? 'gemini' : 'openai';
    const limit = limitOf(query.get(google ? 'pageSize' : 'limit'), PAGE, PAGE_MAX[form]);
    const scope = { credentialId: credential.id, owner: ownerOf(identity) };
    const found = await asked(() =>
      listBatches(this.#tools.database, scope, {
        after: before ?? query.get(AFTER[form]) ?? undefined,
        order: before === undefined ? 'desc' : 'asc',
        limit: limit + 1,
      }),
    );
    if (found === undefined) throw notFound();
    const page = found.slice(0, limit);
    if (before !== undefined) page.reverse();
    const data = page.map(({ object: described }) => described);
    const [more, last] = [found.length > limit, page.at(-1)?.vendorId ?? null];
    const body = google
      ? { operations: data, ...(more && { nextPageToken: last }) }
      : {
          ...(anthropic ? {} : { object: 'list' }),
          data,
          has_more: more,
          first_id: page[0]?.vendorId ?? null,
          last_id: last,
        };
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    answer(call, { status: 200, headers, bytes: Buffer.from(JSON.stringify(body)) });
    return true;
  }

  /** The call at the vendor, as it came unless told. */
  async #ask(
    call: Call,
    { bytes }: Pick<ReadRequest, 'bytes'>,
    instead: { readonly method?: string; readonly path?: string } = {},
  ): Promise<VendorAnswer> {
    const { credential, provider, operation, query, request } = call;
    try {
      return await askVendor(this.#tools.vendors.of(credential), {
        method: instead.method ?? request.method ?? 'GET',
        path: instead.path ?? operation.upstreamPath + query,
        headers: upstreamHeaders(provider, request.rawHeaders, credential),
        body: bytes.length === 0 ? null : bytes,
      });
    } catch (error) {
      // To look or to cancel twice does no harm.
      throw error instanceof NoAnswer ? failureOf(error, false) : error;
    }
  }
}

/** Anthropic says where the results lie, which for a caller is here. */
const RESULTS = /"results_url":"https?:\/\/[^"/]+\/v1\/(messages\/batches\/[\w.-]+\/results)(?:\?[^"]*)?"/g;

function answer(call: Call, { status, headers, bytes }: VendorAnswer): void {
  const { response, requestId, credential, request, provider } = call;
  const text = provider === 'anthropic' && status < 300 ? ofGateway(bytes, request.headers) : bytes;
  const shown = status < 300 ? text : scrubbed(bytes, credential.secret);
  const list = clientHeaders(headers, credential, '');
  list.push('X-Request-ID', requestId, 'Content-Length', String(shown.length));
  response.writeHead(status, list);
  response.end(shown);
}

/** With the addresses of results that the caller reaches; relative ones where nobody says at which address it called. */
function ofGateway(bytes: Buffer, headers: Call['request']['headers']): Buffer {
  const [host, proto] = [headers['x-forwarded-host'], headers['x-forwarded-proto']];
  const origin =
    typeof host === 'string' && typeof proto === 'string' ? `${proto}://${host}${LLM_PREFIX}/anthropic` : '';
  const text = bytes.toString().replaceAll(RESULTS, (_whole, path: string) => `"results_url":"${origin}/v1/${path}"`);
  return Buffer.from(text);
}

function notFound(): AppError {
  return new AppError('resource.not_found', { detail: 'What the request names was not found.' });
}
