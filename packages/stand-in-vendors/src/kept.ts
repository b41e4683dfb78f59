import { randomUUID } from 'node:crypto';
import { json, type Asked, type Script } from './script.ts';

/** Objects that are kept, of all callers together; the oldest goes first. */
const KEPT_MAX = 10_000;
const kept = new Map<string, Readonly<Record<string, unknown>>>();
const contents = new Map<string, string>();

/** Keeps an object under its id. */
export function keep(id: string, object: Readonly<Record<string, unknown>>): void {
  kept.set(id, object);
  const [oldest] = kept.keys();
  if (kept.size <= KEPT_MAX || oldest === undefined) return;
  kept.delete(oldest);
  contents.delete(oldest);
}

/** Whether an object, or an item of one, is kept under the id. */
export function isKept(id: string): boolean {
  return kept.has(id);
}

/** An object that is kept; `undefined` where there is none. */
export function shownKept(id: string): Readonly<Record<string, unknown>> | undefined {
  return kept.get(id);
}

/** Objects whose ids begin so. */
export function keptFiles(prefix: string): readonly unknown[] {
  return [...kept].filter(([id]) => id.startsWith(prefix)).map(([, object]) => object);
}

export function removeKept(id: string): void {
  kept.delete(id);
  contents.delete(id);
}

/** Keeps what was sent as items of an object, and gives each an id. */
export function keepItems(id: string, sent: unknown): readonly object[] {
  const list: unknown[] = Array.isArray(sent) ? sent : [{ role: 'user', content: sent }];
  const items = list.map((item) => ({ id: `msg_${name()}`, type: 'message', ...Object(item) }) as { id: string });
  for (const item of items) keep(item.id, { ...item });
  keep(`${id}/items`, { items });
  return items;
}

function itemsOf(id: string): object {
  return listOf((kept.get(`${id}/items`)?.['items'] ?? []) as object[]);
}

function listOf(data: readonly object[]): object {
  return { object: 'list', data, has_more: false, first_id: null, last_id: null };
}

/** Keeps what is in a file that is kept. */
export function keepContent(id: string, content: string): void {
  contents.set(id, content);
}

/** What is in a file; `undefined` where there is none. */
export function contentOf(id: string): string | undefined {
  return contents.get(id);
}

/** Files of OpenAI and of Anthropic. `call`: the path behind the version. */
export function files(asked: Asked, call: string, unknown: unknown, anthropic = false): void {
  const [, id, member] = call.split('/');
  if (id === undefined && asked.method === 'POST') return json(asked, upload(asked, anthropic));
  if (id === undefined) return json(asked, { data: [...kept.values()].filter((each) => 'filename' in each) });
  const file = kept.get(id);
  if (file === undefined) return json(asked, unknown, 404);
  if (member === 'content') {
    asked.response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(contents.get(id));
    return undefined;
  }
  return asked.method === 'DELETE'
    ? removed(asked, id, anthropic ? { id, type: 'file_deleted' } : 'file')
    : json(asked, file);
}

/** Looks that find a response under way which is made in the background, unless a script says otherwise. */
const LOOKS = 1;
/** What becomes of such responses, and how often they have been looked at. */
const making = new Map<
  string,
  { readonly whole: Readonly<Record<string, unknown>>; readonly script: Script; looks: number }
>();

/** Keeps a response that is made while nobody waits. */
export function inBackground(whole: Readonly<Record<string, unknown>> & { readonly id: string }, script: Script): void {
  making.set(whole.id, { whole: { ...whole, background: true }, script, looks: 0 });
  const [oldest] = making.keys();
  if (making.size > KEPT_MAX && oldest !== undefined) making.delete(oldest);
  keep(whole.id, { ...whole, background: true, status: 'queued', output: [], usage: null });
}

/** Each look brings such a response nearer to its end. The status of an error, where the look is to fail. */
function lookedAt(id: string, cancels: boolean): number | undefined {
  const made = making.get(id);
  const now = kept.get(id);
  if (made === undefined || now === undefined) return undefined;
  const { gone, failing = 0, looks = LOOKS, end = 'completed', answered = 1 } = made.script.batch ?? {};
  if (gone === true) return 404;
  if (cancels) {
    keep(id, { ...now, status: 'cancelled', usage: answered === 0 ? null : made.whole['usage'] });
    making.delete(id);
    return undefined;
  }
  made.looks += 1;
  if (made.looks <= failing) return 500;
  if (made.looks <= looks + failing) keep(id, { ...now, status: 'in_progress' });
  else {
    keep(id, end === 'completed' ? made.whole : { ...now, status: 'failed' });
    making.delete(id);
  }
  return undefined;
}

/** OpenAI's stored responses. */
export function responsesOf(asked: Asked, call: string, unknown: unknown): void {
  const [, id = '', member] = call.split('/');
  const fault = asked.method === 'DELETE' ? undefined : lookedAt(id, member === 'cancel');
  const response = kept.get(id);
  if (response === undefined || fault !== undefined) return json(asked, unknown, fault ?? 404);
  if (member === 'input_items') return json(asked, itemsOf(id));
  return asked.method === 'DELETE' ? removed(asked, id, 'response') : json(asked, response);
}

/** OpenAI's conversations. */
export function conversations(asked: Asked, call: string, unknown: unknown): void {
  const [, id, member, item] = call.split('/');
  if (id === undefined) {
    const conversation = { id: `conv_${name()}`, object: 'conversation', created_at: 1, metadata: {} };
    keep(conversation.id, conversation);
    if (asked.body['items'] !== undefined) keepItems(conversation.id, asked.body['items']);
    return json(asked, conversation);
  }
  const conversation = kept.get(id);
  if (conversation === undefined) return json(asked, unknown, 404);
  if (item !== undefined && asked.method === 'DELETE') {
    const items = (kept.get(`${id}/items`)?.['items'] ?? []) as readonly { id: string }[];
    keep(`${id}/items`, { items: items.filter((each) => each.id !== item) });
    removeKept(item);
    return json(asked, conversation);
  }
  if (member === 'items' && asked.method === 'POST') return json(asked, listOf(keepItems(id, asked.body['items'])));
  if (member === 'items') return json(asked, itemsOf(id));
  return asked.method === 'DELETE' ? removed(asked, id, 'conversation.deleted') : json(asked, conversation);
}

/** Keeps the file of a form. */
export function upload({ request, text }: Asked, anthropic: boolean): { readonly id: string } {
  const boundary = /boundary=([^;]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const parts = text.split(`--${boundary}`).map((part) => part.split('\r\n\r\n'));
  const [head = '', ...body] = parts.find(([start]) => start?.includes('filename=')) ?? [];
  const content = body.join('\r\n\r\n').slice(0, -2);
  const filename = /filename="([^"]*)"/.exec(head)?.[1] ?? 'file';
  const purpose = parts.find(([start]) => start?.includes('name="purpose"'))?.[1]?.trim();
  const bytes = Buffer.byteLength(content);
  const id = `${anthropic ? 'file_' : 'file-'}${name()}`;
  const file = anthropic
    ? {
        id,
        type: 'file',
        filename,
        mime_type: 'text/plain',
        size_bytes: bytes,
        created_at: '2026-01-01T00:00:00Z',
        downloadable: false,
      }
    : { id, object: 'file', bytes, created_at: 1, filename, purpose, status: 'processed' };
  keep(id, file);
  keepContent(id, content);
  return file;
}

function removed(asked: Asked, id: string, as: string | object): void {
  removeKept(id);
  json(asked, typeof as === 'string' ? { id, object: as, deleted: true } : as);
}

/** What makes an id one of its kind. */
export function name(): string {
  return randomUUID().replaceAll('-', '');
}
