import { AppError } from '@turnpike/service-kit';
import type { Call, References } from '../calls/call.ts';
import { googleFileId } from '../paths/kept-paths.ts';
import type { JsonBody } from './json-body.ts';

/** Members that name what was made before at the vendor, whose owner is known, and others whose owner is not. */
const OWNED = ['previous_response_id', 'conversation', 'previous_interaction_id'];
const UNOWNED = ['prompt', 'cachedContent', 'cached_content', 'agent', 'environment', 'webhook_config'];
/** Google's files, by their addresses. */
const FILE_URIS = ['fileUri', 'file_uri'];
/** Of interactions, whose contents name files so; elsewhere it is a word like any other. */
const CONTENT_URI = 'uri';
/** Files and the like inside of what is sent to the model. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  messages: ['file_id'],
  input: ['file_id', 'container_id', 'uri'],
  items: ['file_id', 'container_id'],
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
const ARGUMENTS = new Set(['args', 'response', 'arguments', 'result']);
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
export function referencesOf({ credential, provider, operation }: Call, json: JsonBody): References {
  if (!credential.shared) return NO_REFERENCES;
  const ids: string[] = [];
  const items: string[] = [];
  const unowned =
    UNOWNED.find((member) => json.has(member) && refers(member, json.get(member))) ??
    WITHIN.find((member) => UNOWNED.some((name) => json.inner.get(member)?.has(name) === true)) ??
    OWNED.find((member) => json.has(member) && !addId(json.get(member), ids)) ??
    (json.has('container') && !addOfContainer(json.get('container'), ids) ? 'container' : undefined) ??
    (operation.kept !== undefined && operation.treatment === 'free' ? addOfObject(json, ids) : undefined) ??
    Object.keys(INSIDE).find((member) => {
      const names = (INSIDE[member] ?? []).filter((name) => name !== CONTENT_URI || provider === 'google');
      return mentions(member, json) && !addInside(json.get(member), names, ids);
    }) ??
    ITEMS.find((member) => json.inner.get(member)?.has('id') === true && !addItems(json.get(member), items)) ??
    (json.has('tools') && !addOfTools(json.get('tools'), ids) ? 'tools' : undefined);
  if (unowned === undefined) return { objects: ids, items };
  throw new AppError('resource.not_found', {
    detail: `What ${unowned} names was not found: the ${provider} account behind this gateway is shared, and only what was made through it can be used.`,
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
  const type = 'type' in value && typeof value.type === 'string' ? value.type : '';
  return Object.entries(value).every(([name, inner]: [string, unknown]) => {
    if (ARGUMENTS.has(name) || (type.endsWith('tool_use') && name === 'input')) return true;
    // The file lies in the container, and has no owner of its own.
    if (type === 'container_file_citation' && name === 'file_id') return true;
    if (!names.includes(name) || typeof inner !== 'string') return addInside(inner, names, ids);
    const id = name === CONTENT_URI || FILE_URIS.includes(name) ? googleFileId(inner) : inner;
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

/** Members of tools that hold schemas and settings of the caller's own, whose names mean nothing to the vendor. */
const SCHEMAS = new Set(['parameters', 'input_schema', 'functionDeclarations', 'function_declarations', 'headers']);
/** Members of tools that name what is kept: by one id, and by a list of them. */
const TOOL_ID = new Set(['container', 'container_id', 'file_id', 'skill_id']);
const TOOL_IDS = new Set(['vector_store_ids', 'file_ids', 'fileSearchStoreNames', 'file_search_store_names']);

/** Adds what tools of the vendor's own read: stores, containers, files, at any depth. False where that is no id. */
function addOfTools(tools: unknown, ids: string[]): boolean {
  if (Array.isArray(tools)) return tools.every((tool) => addOfTools(tool, ids));
  if (typeof tools !== 'object' || tools === null) return true;
  return Object.entries(tools).every(([name, value]: [string, unknown]) => {
    if (SCHEMAS.has(name) || value === null) return true;
    if (TOOL_IDS.has(name)) return addAll(value, ids);
    if (TOOL_ID.has(name) && (typeof value !== 'object' || name !== 'container')) return addAll([value], ids);
    return addOfTools(value, ids);
  });
}

/** Anthropic's container, of which the skills are named: its own are everybody's. False where it is one that was made before, which nobody here has noted. */
function addOfContainer(container: unknown, ids: string[]): boolean {
  if (container === null) return true;
  if (typeof container !== 'object' || Array.isArray(container)) return false;
  const { id, skills } = container as { id?: unknown; skills?: unknown };
  if (id !== undefined && id !== null) return false;
  if (skills === undefined || skills === null) return true;
  if (!Array.isArray(skills)) return false;
  return skills.every((skill: unknown) => {
    const { type, skill_id: named } = Object(skill) as { type?: unknown; skill_id?: unknown };
    return type === 'anthropic' || addAll([named], ids);
  });
}

/** Adds the files that a store or a container is to have. The member that names what nobody can own. */
function addOfObject(json: JsonBody, ids: string[]): string | undefined {
  const files: unknown = json.get('files');
  if (
    Array.isArray(files) &&
    !addAll(
      files.map((file: unknown) => (Object(file) as { file_id?: unknown }).file_id),
      ids,
    )
  )
    return 'files';
  if (json.has('file_id') && !addAll([json.get('file_id')], ids)) return 'file_id';
  if (json.has('file_ids') && !addAll(json.get('file_ids'), ids)) return 'file_ids';
  return json.has('skills') ? 'skills' : undefined;
}

function addAll(value: unknown, ids: string[]): boolean {
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) return false;
  ids.push(...value);
  return true;
}
