import { AppError } from '@turnpike/service-kit';
import type { Call } from '../calls/call.ts';
import type { JsonBody } from './json-body.ts';

/** Members that name something which was made before at the vendor, under the account of the credential. */
const TOP_LEVEL = ['previous_response_id', 'conversation', 'prompt', 'container', 'cachedContent', 'cached_content'];
/** The same inside of what is sent to the model. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  messages: ['file_id'],
  input: ['file_id'],
  contents: ['fileUri', 'file_uri'],
  system: ['file_id'],
};
/** What a model wrote for a function, whose names mean nothing to the vendor. */
const ARGUMENTS = new Set(['args', 'response']);
/** Where a vendor keeps files; others are addresses of the caller's. */
const KEPT_FILE = /\/files\//;

/**
 * Files, answers, conversations and caches lie in the vendor's account, which many share, and nobody here knows whose each is. So a request that
 * names one is refused as the vendor would refuse a name that it does not know. Throws 404.
 */
export function refuseForeignReferences({ credential, provider }: Call, json: JsonBody): void {
  if (!credential.shared) return;
  const named =
    TOP_LEVEL.find((member) => json.has(member) && refers(member, json.get(member))) ??
    Object.keys(INSIDE).find((member) => mentions(member, json) && isWithin(json.get(member), INSIDE[member] ?? [])) ??
    (json.has('tools') && toolsRefer(json.get('tools')) ? 'tools' : undefined);
  if (named === undefined) return;
  throw new AppError('resource.not_found', {
    detail: `What ${named} names was not found: the ${provider} account behind this gateway is shared, so nothing kept there can be used.`,
  });
}

/** Completions have a `prompt` that is text; null names nothing. */
function refers(member: string, value: unknown): boolean {
  if (value === null) return false;
  return member !== 'prompt' || (typeof value === 'object' && !Array.isArray(value));
}

/** Whether one of the names stands anywhere in the member, so that it is worth reading. */
function mentions(member: string, json: JsonBody): boolean {
  const names = json.inner.get(member);
  return names !== undefined && (INSIDE[member] ?? []).some((name) => names.has(name));
}

function isWithin(value: unknown, names: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((each) => isWithin(each, names));
  if (typeof value !== 'object' || value === null) return false;
  const ofTool = 'type' in value && typeof value.type === 'string' && value.type.endsWith('tool_use');
  return Object.entries(value).some(([name, inner]: [string, unknown]) => {
    if (ARGUMENTS.has(name) || (ofTool && name === 'input')) return false;
    if (names.includes(name) && typeof inner === 'string') return name === 'file_id' || KEPT_FILE.test(inner);
    return isWithin(inner, names);
  });
}

/** Tools of the vendor's own that read stores or containers by their ids. */
function toolsRefer(tools: unknown): boolean {
  if (!Array.isArray(tools)) return false;
  return tools.some((tool: unknown) => {
    if (typeof tool !== 'object' || tool === null) return false;
    const { container } = tool as { container?: unknown };
    return (
      'vector_store_ids' in tool ||
      typeof container === 'string' ||
      (typeof container === 'object' && container !== null && 'file_ids' in container)
    );
  });
}
