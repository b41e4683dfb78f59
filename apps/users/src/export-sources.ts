import { exportAuthData, exportCredits, HEADER } from '@turnpike/contracts';
import { currentRequest, unavailable, uuidv7 } from '@turnpike/service-kit';
import { Agent, type Dispatcher } from 'undici';
import type { BackendEndpoint, Backends } from './backends.ts';
import { arrayMember, membersOf, type DocumentPart } from './domain/export-document.ts';
import { pagesOf, type ListPage } from './domain/list-pages.ts';

/** How long a source may take to begin its answer, and to stay silent within it, in milliseconds. */
const HEADERS_TIMEOUT_MS = 15_000;
const SILENCE_TIMEOUT_MS = 30_000;
/** Largest page of a backend's list, in bytes. */
const PAGE_BYTES_MAX = 64 * 1024 * 1024;

export interface ExportSourcesOptions {
  readonly authUrl: string;
  readonly creditsUrl: string;
  readonly serviceKey: string | undefined;
  readonly backends: Backends;
  readonly lists: readonly BackendEndpoint[];
}

/** What other places hold of a person. */
export interface ExportSources {
  /**
   * Asks every source at once and waits until each has begun to answer. Throws 503 when one does not: a download that lacks something would
   * be taken for everything. Reading the parts may still fail, if a source breaks off.
   */
  open(userId: string, signal: AbortSignal): Promise<DocumentPart[]>;
  close(): Promise<void>;
}

export function createExportSources({ authUrl, creditsUrl, serviceKey, backends, lists }: ExportSourcesOptions): ExportSources {
  const agent = new Agent({ headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS });

  async function openService(service: string, baseUrl: string, path: string, userId: string, signal: AbortSignal): Promise<DocumentPart> {
    const response = await answering(service, () =>
      agent.request({
        origin: baseUrl,
        path: `${path}?user_id=${encodeURIComponent(userId)}`,
        method: 'GET',
        headers: {
          accept: 'application/json',
          [HEADER.requestId]: currentRequest()?.requestId ?? uuidv7(),
          ...(serviceKey === undefined ? {} : { [HEADER.serviceKey]: serviceKey }),
        },
        signal,
      }),
    );
    return () => membersOf(response.body.setEncoding('utf8'));
  }

  async function openList(list: BackendEndpoint, userId: string, signal: AbortSignal): Promise<DocumentPart> {
    const read = async (limit: number, offset: number): Promise<ListPage> => {
      const url = new URL(list.url);
      url.searchParams.set('limit', String(limit));
      url.searchParams.set('offset', String(offset));
      const response = await answering(list.name, () => backends.get(list, url, userId, signal));
      return readPage(response);
    };
    const rows = await pagesOf(read);
    return () => arrayMember(list.name, rows);
  }

  return {
    async open(userId, signal) {
      // One failing source ends the others, which would wait for a reader for ever.
      const failed = new AbortController();
      const both = AbortSignal.any([signal, failed.signal]);
      try {
        return await Promise.all([
          openService('auth', authUrl, exportAuthData.path, userId, both),
          openService('credits', creditsUrl, exportCredits.path, userId, both),
          ...lists.map((list) => openList(list, userId, both)),
        ]);
      } catch (error) {
        failed.abort();
        throw error;
      }
    },
    close: () => agent.close(),
  };
}

async function answering(source: string, request: () => Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData> {
  let response: Dispatcher.ResponseData;
  try {
    response = await request();
  } catch (cause) {
    throw unavailable(`The export of ${source}`, cause);
  }
  if (response.statusCode === 200) return response;
  await response.body.dump();
  throw unavailable(`The export of ${source}`, `it answered ${response.statusCode}`);
}

async function readPage({ body }: Dispatcher.ResponseData): Promise<ListPage> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > PAGE_BYTES_MAX) throw new Error('a page of a list is too large');
    pieces.push(piece);
  }
  const json: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
  const items = Array.isArray(json) ? json : (json as { items?: unknown } | null)?.items;
  if (!Array.isArray(items)) throw new Error('a list has no items');
  return { items };
}
