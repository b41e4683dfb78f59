import { AppError } from '@turnpike/service-kit';
import type { Call, References } from '../calls/call.ts';
import { googleFileId } from '../paths/kept-paths.ts';
import type { JsonBody } from './json-body.ts';

/** Members that name what was made before at the vendor, whose owner is known, and others whose owner is not. */
const OWNED = ['previous_response_id', 'conversation'];
const UNOWNED = ['prompt', 'container', 'cachedContent', 'cached_content'];
/** Google's files, by their addresses. */
const FILE_URIS = ['fileUri', 'file_uri'];
/** Files and the like inside of what is sent to the model. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  messages: ['file_id'],
  input: ['file_id'],
  items: ['file_id'],
  contents: FILE_URIS,
  content: FILE_URIS,
  requests: FILE_URIS,
  systemInstruction: FILE_URIS,
  system_instruction: FILE_URIS,
  generateContentRequest: FILE_URIS,
  generate_content_request: FILE_URIS,
  system: ['file_id'],
};
/** What a model wrote for a function, whose names mean nothing to the vendor. */
const ARGUMENTS = new Set(['args', 'response']);
/** What may be another spelling of the address of a file that Google keeps. */
const PERHAPS_KEPT = /(?:^|\/)files\/|googleapis\.com/i;
/** Requests within a request, which may name a cache. */
const WITHIN = ['generateContentRequest', 'generate_content_request'];

/** Members that are lists of items of the Responses API. */
const ITEMS = ['input', 'items'];

export const NO_REFERENCES: References = { objects: [], items: [] };

/**
 * The ids of what a request names that lies in the vendor's account, where many share that: the caller must own each. Throws 404 for what nobody here
 * knows the owner of, as the vendor would for a name that it does not know.
 */
export function referencesOf({ credential, provider }: Call, json: JsonBody): References {
  if (!credential.shared) return NO_REFERENCES;
  const ids: string[] = [];
  const items: string[] = [];
  const unowned =
    UNOWNED.find((member) => json.has(member) && refers(member, json.get(member))) ??
    WITHIN.find((member) => UNOWNED.some((name) => json.inner.get(member)?.has(name) === true)) ??
    OWNED.find((member) => json.has(member) && !addId(json.get(member), ids)) ??
    Object.keys(INSIDE).find(
      (member) => mentions(member, json) && !addInside(json.get(member), INSIDE[member] ?? [], ids),
    ) ??
    ITEMS.find((member) => json.inner.get(member)?.has('id') === true && !addItems(json.get(member), items)) ??
    (json.has('tools') && !addOfTools(json.get('tools'), ids) ? 'tools' : undefined);
  if (unowned === undefined) return { objects: ids, items };
  throw new AppError('resource.not_found', {
    detail: `What ${unowned} names was not found: the ${provider} account behind this gateway is shared, and only files, responses and conversations that were made through it can be used.`,
  });
}

/** Completions have a `prompt` that is text; null names nothing. */
function refers(member: string, value: unknown): boolean {
  if (value === null) return false;
  return member !== 'prompt' || (typeof value === 'object' && !Array.isArray(value));
}

/** An id alone, or in an object; null names nothing. False for anything else. */
function addId(value: unknown, ids: string[]): boolean {
  if (value === null) return true;
  const id = typeof value === 'object' && 'id' in value ? value.id : value;
  if (typeof id !== 'string') return false;
  ids.push(id);
  return true;
}

/** Whether one of the names stands anywhere in the member, so that it is worth reading. */
function mentions(member: string, json: JsonBody): boolean {
  const names = json.inner.get(member);
  return names !== undefined && (INSIDE[member] ?? []).some((name) => names.has(name));
}

/** Adds the ids that stand under one of the names. False where one names a file whose owner is not known. */
function addInside(value: unknown, names: readonly string[], ids: string[]): boolean {
  if (Array.isArray(value)) return value.every((each) => addInside(each, names, ids));
  if (typeof value !== 'object' || value === null) return true;
  const ofTool = 'type' in value && typeof value.type === 'string' && value.type.endsWith('tool_use');
  return Object.entries(value).every(([name, inner]: [string, unknown]) => {
    if (ARGUMENTS.has(name) || (ofTool && name === 'input')) return true;
    if (!names.includes(name) || typeof inner !== 'string') return addInside(inner, names, ids);
    const id = name === 'file_id' ? inner : googleFileId(inner);
    if (id === undefined) return !PERHAPS_KEPT.test(inner);
    ids.push(id);
    return true;
  });
}

/**
 * Adds the ids of items that the vendor is to look up: `{"type":"item_reference","id":…}`, whose type may be left out, others of which only type and
 * id are sent, and reasoning without its content. False where an id is none.
 */
function addItems(input: unknown, items: string[]): boolean {
  if (!Array.isArray(input)) return true;
  return input.every((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('id' in item)) return true;
    const { id, type, encrypted_content: content } = item as Readonly<Record<string, unknown>>;
    const bare = Object.keys(item).every((name) => name === 'id' || name === 'type');
    if (!bare && (type !== 'reasoning' || typeof content === 'string')) return true;
    if (typeof id !== 'string') return false;
    items.push(id);
    return true;
  });
}

/** Tools of the vendor's own that read stores or containers by their ids; of a container that is made for the call, its files are named. */
function addOfTools(tools: unknown, ids: string[]): boolean {
  if (!Array.isArray(tools)) return true;
  return tools.every((tool: unknown) => {
    if (typeof tool !== 'object' || tool === null) return true;
    const { container } = tool as { container?: unknown };
    if ('vector_store_ids' in tool || typeof container === 'string') return false;
    if (typeof container !== 'object' || container === null || !('file_ids' in container)) return true;
    const { file_ids: files } = container;
    if (!Array.isArray(files) || !files.every((file) => typeof file === 'string')) return false;
    ids.push(...files);
    return true;
  });
}
