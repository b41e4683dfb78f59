import { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { exportAuthData, exportCredits, exportLlm, exportUsage, HEADER } from '@turnpike/contracts';
import { currentRequest, unavailable as outage, uuidv7, type Logger } from '@turnpike/service-kit';
import type { BackendEndpoint, Backends } from '../backends/backends.ts';
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
  readonly usageUrl: string;
  readonly llmUrl: string;
  readonly serviceKey: string | undefined;
  readonly backends: Backends;
  readonly lists: readonly BackendEndpoint[];
}

/** What other places hold of a person, ready to be read. */
export interface OpenedSources {
  readonly parts: readonly DocumentPart[];
  /** Sections of backends that did not answer; their members are null. */
  readonly unavailable: readonly string[];
}

export interface ExportSources {
  /**
   * Asks every source at once and waits until each has begun to answer. Throws 503 when a service of ours does not; a
   * backend that does not is named as unavailable (ADR 6).
   */
  open(userId: string, signal: AbortSignal, log: Logger): Promise<OpenedSources>;
  close(): Promise<void>;
}

export function createExportSources({
  authUrl,
  creditsUrl,
  usageUrl,
  llmUrl,
  serviceKey,
  backends,
  lists,
}: ExportSourcesOptions): ExportSources {
  const agent = new Agent({ headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS });

  async function openService(
    service: string,
    baseUrl: string,
    path: string,
    userId: string,
    signal: AbortSignal,
  ): Promise<DocumentPart> {
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
    async open(userId, signal, log) {
      // One failing service ends the other sources, which would wait for a reader forever.
      const failed = new AbortController();
      const both = AbortSignal.any([signal, failed.signal]);
      const unavailable: string[] = [];
      const openOrName = (list: BackendEndpoint): Promise<DocumentPart> =>
        openList(list, userId, both).catch((err: unknown) => {
          log.warn({ err, section: list.name }, 'a backend did not answer for an export');
          unavailable.push(list.name);
          return () => Readable.from([`${JSON.stringify(list.name)}:null`]);
        });
      try {
        const parts = await Promise.all([
          openService('auth', authUrl, exportAuthData.path, userId, both),
          openService('credits', creditsUrl, exportCredits.path, userId, both),
          openService('usage', usageUrl, exportUsage.path, userId, both),
          openService('llm', llmUrl, exportLlm.path, userId, both),
          ...lists.map(openOrName),
        ]);
        return { parts, unavailable };
      } catch (error) {
        failed.abort();
        throw error;
      }
    },
    close: () => agent.close(),
  };
}

async function answering(
  source: string,
  request: () => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  let response: Dispatcher.ResponseData;
  try {
    response = await request();
  } catch (cause) {
    throw outage(`The export of ${source}`, cause);
  }
  if (response.statusCode === 200) return response;
  await response.body.dump();
  throw outage(`The export of ${source}`, `it answered ${response.statusCode}`);
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
