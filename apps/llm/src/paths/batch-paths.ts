/** What a path does to batches, which vendors work on while nobody waits. */
export interface BatchAct {
  readonly act: 'make' | 'list' | 'look' | 'cancel' | 'delete' | 'results';
  /** Name in records and metrics. */
  readonly endpoint: string;
  /** Of the batch that the path names. */
  readonly id: string | undefined;
  /** Of Google's, which has a path for each: what every request of the batch is. */
  readonly requests?: 'generateContent' | 'embedContent';
}

type Acts = Readonly<Record<string, BatchAct['act']>>;

const COMMON: Acts = { 'POST ': 'make', 'GET ': 'list', 'GET /*': 'look', 'POST /*/cancel': 'cancel' };
/** By method and path behind the collection, with a star for an id. */
const ACTS: Readonly<Record<'openai' | 'anthropic', Acts>> = {
  openai: COMMON,
  anthropic: { ...COMMON, 'DELETE /*': 'delete', 'GET /*/results': 'results' },
};
const COLLECTIONS = { openai: 'batches', anthropic: 'messages/batches' } as const;
const ID = /^\w[\w.-]{0,127}$/;

/** By the method of a model: what each request of the batch is. */
const GOOGLE_REQUESTS = { batchGenerateContent: 'generateContent', asyncBatchEmbedContent: 'embedContent' } as const;
const GOOGLE_MAKE = /^models\/([^/:]+):(batchGenerateContent|asyncBatchEmbedContent)$/;
type Kind = keyof typeof GOOGLE_REQUESTS;
const GOOGLE_BATCH = /^batches\/(\w[\w.-]{0,127})$/;
const GOOGLE_ACTS: Acts = { GET: 'look', DELETE: 'delete', 'POST cancel': 'cancel' };

/** The same at Google, behind the version; `model`: what a batch is made of. */
export function googleBatchAct(method: string, path: string): (BatchAct & { readonly model?: string }) | undefined {
  const [, model, kind] = (method === 'POST' && GOOGLE_MAKE.exec(path)) || [];
  if (model !== undefined)
    return { act: 'make', id: undefined, endpoint: 'batches', model, requests: GOOGLE_REQUESTS[kind as Kind] };
  if (path === 'batches') return method === 'GET' ? { act: 'list', id: undefined, endpoint: 'batches' } : undefined;
  const [named = '', verb, ...more] = path.split(':');
  const id = GOOGLE_BATCH.exec(named)?.[1];
  const name = [method, verb].filter(Boolean).join(' ');
  const act = Object.hasOwn(GOOGLE_ACTS, name) ? GOOGLE_ACTS[name] : undefined;
  if (id === undefined || act === undefined || more.length > 0) return undefined;
  return { act, id, endpoint: ['batch', verb].filter(Boolean).join('.') };
}

/** What a request does to batches; `undefined` where it does nothing that is offered. `path`: behind the version. */
export function batchAct(vendor: 'openai' | 'anthropic', method: string, path: string): BatchAct | undefined {
  const collection = COLLECTIONS[vendor];
  if (path !== collection && !path.startsWith(`${collection}/`)) return undefined;
  const [, id, member, ...more] = path.slice(collection.length).split('/');
  if (more.length > 0 || (id !== undefined && !ID.test(id))) return undefined;
  const name = `${method} ${[id === undefined ? '' : '/*', member].filter((part) => part !== undefined).join('/')}`;
  const act = Object.hasOwn(ACTS[vendor], name) ? ACTS[vendor][name] : undefined;
  if (act === undefined) return undefined;
  return { act, id, endpoint: id === undefined ? 'batches' : ['batch', member].filter(Boolean).join('.') };
}
