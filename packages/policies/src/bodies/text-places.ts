import type { Edit } from '../rules/edits.ts';
import type { TextForm } from '../rules/text-scan.ts';
import { pointerOf, stringAt, walkJson, type JsonValue } from './json-walk.ts';

/** A text within a body, and how it is put back. */
export interface TextPlace {
  readonly path: readonly (string | number)[];
  /** JSON pointer, or the name of a form's field. */
  readonly location: string;
  readonly text: string;
  readonly form: TextForm;
  /** Where it stands in the body. */
  readonly start: number;
  readonly end: number;
  /** What stands there for another text. */
  readonly written: (text: string) => string;
}

/** Members whose values name, choose or point at something, and are no texts. Everything that is not known to be such is looked at. */
const NO_TEXT = new Set(
  (
    'type role id model object status mime_type mimeType media_type format detail service_tier call_id tool_call_id tool_use_id item_id ' +
    'response_id previous_response_id conversation file_id container container_id prompt_cache_key prompt_cache_retention ' +
    'encrypted_content signature thoughtSignature thought_signature redacted_thinking cache_control tool_choice reasoning_effort effort ' +
    'modalities responseModalities include truncation verbosity voice finish_reason finishReason stop_reason system_fingerprint ' +
    'modelVersion responseId created_at request_id obfuscation quality size background style language response_format responseMimeType ' +
    'encoding_format taskType cachedContent safetySettings safetyRatings'
  ).split(' '),
);
/** Members at the top that define tools and forms of answers. */
const DEFINITIONS = new Set([
  'tools',
  'functions',
  'response_format',
  'toolConfig',
  'tool_config',
  'stream_options',
  'usage',
  'usageMetadata',
]);
/** Members that hold what a tool is given or gave back: everything in them is content, whatever it is called. */
const FREE = new Set(['input', 'args', 'arguments', 'response', 'output', 'result', 'metadata', 'variables']);
/** Members whose texts are JSON themselves. */
const JSON_TEXT = new Set(['arguments', 'partial_json']);
/** Members that hold media in base64, and those that hold addresses, which may be data of their own. */
const MEDIA = new Set(['data', 'b64_json', 'result', 'bytesBase64Encoded', 'imageBytes', 'videoBytes', 'image']);
const ADDRESSES = new Set(['url', 'image_url', 'file_data', 'file_url', 'audio_url', 'video_url', 'fileUri']);
/** Members that spell the answer a second time, token by token. */
const PROBABILITIES = new Set(['logprobs', 'logprobsResult']);
/** What a text must contain to have such a member with something in it; a name may be written with escapes. */
const MAY_HAVE_PROBABILITIES = /logprobs(?:Result)?"\s*:\s*[[{]|\\u/;
const MIME_MEMBERS = ['media_type', 'mimeType', 'mime_type'];
const TEXT_MIME = /^(?:text\/|application\/(?:json|xml|x-yaml|yaml)\b)/i;
const DATA_URL = /^data:([\w.+/-]*)((?:;[\w=.+-]+)*),/i;
/** A text of such a member of this length without anything but letters of base64 is media. */
const MEDIA_CHARS_MIN = 1_024;
/** Digits from which on a number may be more than a quantity. */
const LONG_NUMBER_CHARS = 9;

/** The texts of a JSON body: of a request, of an answer or of one event, in the shapes of all four vendors. Throws `UnreadableJson`. */
export function* jsonTexts(json: string): Generator<TextPlace> {
  const types = new Map<string, string>();
  const media: { readonly value: JsonValue; readonly owner: string }[] = [];
  for (const value of walkJson(json)) {
    const { path, start, end, kind } = value;
    const name = path.at(-1);
    if (kind === 'string' && typeof name === 'string' && (MIME_MEMBERS.includes(name) || name === 'type'))
      types.set(pointerOf(path), stringAt(json, start, end));
    if (kind === 'object' || kind === 'array' || isSkipped(path)) continue;
    if (kind === 'number') {
      if (end - start >= LONG_NUMBER_CHARS && isFree(path)) yield numberPlace(json, value);
    } else if (name === 'data' && !isFree(path))
      media.push({ value: { ...value, path: [...path] }, owner: pointerOf(path.slice(0, -1)) });
    else yield* stringPlace(json, value);
  }
  for (const { value, owner } of media) yield* dataPlace(json, value, owner, types);
}

function isSkipped(path: readonly (string | number)[]): boolean {
  const [top] = path;
  if (typeof top === 'string' && DEFINITIONS.has(top)) return true;
  let name: string | undefined;
  for (const part of path) {
    if (typeof part !== 'string') continue;
    if (PROBABILITIES.has(part)) return true;
    name = part;
  }
  return name !== undefined && NO_TEXT.has(name) && !isFree(path);
}

/** Whether a value stands within what a tool is given or gave, and not in a conversation or an answer, whose members are called alike. */
function isFree(path: readonly (string | number)[]): boolean {
  return path.some(
    (part, index) =>
      typeof part === 'string' &&
      FREE.has(part) &&
      typeof path[index + 1] === 'string' &&
      (index > 0 || part === 'metadata'),
  );
}

function* stringPlace(json: string, { path, start, end }: JsonValue): Generator<TextPlace> {
  const name = String(path.at(-1));
  // Media are passed over as they stand: parsing megabytes of them would hold up everybody else.
  const raw = json.slice(start + 1, end - 1);
  if (MEDIA.has(name) && !isFree(path) && isMedia(raw)) return;
  if (ADDRESSES.has(name) && !isFree(path)) {
    const [head = '', mime = '', parameters = ''] = DATA_URL.exec(raw) ?? [];
    if (/;base64$/i.test(parameters)) {
      if (TEXT_MIME.test(mime)) yield base64Place(path, start, end, stringAt(json, start, end), head);
      return;
    }
  }
  const text = stringAt(json, start, end);
  const form = JSON_TEXT.has(name) && isJsonStart(text) ? 'json' : 'plain';
  yield { path: [...path], location: pointerOf(path), text, form, start, end, written: JSON.stringify };
}

function* dataPlace(
  json: string,
  { path, start, end }: JsonValue,
  owner: string,
  types: ReadonlyMap<string, string>,
): Generator<TextPlace> {
  const mime = MIME_MEMBERS.map((member) => types.get(`${owner}/${member}`)).find((found) => found !== undefined);
  if (mime !== undefined && types.get(`${owner}/type`) !== 'text') {
    if (TEXT_MIME.test(mime)) yield base64Place(path, start, end, stringAt(json, start, end), '');
  } else if (!isMedia(json.slice(start + 1, end - 1))) {
    const text = stringAt(json, start, end);
    yield { path, location: pointerOf(path), text, form: 'plain', start, end, written: JSON.stringify };
  }
}

function base64Place(
  path: readonly (string | number)[],
  start: number,
  end: number,
  text: string,
  head: string,
): TextPlace {
  return {
    path: [...path],
    location: pointerOf(path),
    text: Buffer.from(text.slice(head.length), 'base64').toString(),
    form: 'plain',
    start,
    end,
    written: (changed) => JSON.stringify(head + Buffer.from(changed).toString('base64')),
  };
}

/** The places of a body that spell the answer a second time, and what is to stand there instead. */
export function* probabilities(json: string): Generator<Edit> {
  if (!MAY_HAVE_PROBABILITIES.test(json)) return;
  for (const { path, start, end, kind } of walkJson(json))
    if ((kind === 'object' || kind === 'array') && PROBABILITIES.has(String(path.at(-1))))
      yield { start, end, instead: kind === 'array' ? '[]' : 'null' };
}

function numberPlace(json: string, { path, start, end }: JsonValue): TextPlace {
  const text = json.slice(start, end);
  // A word is no number: all of it becomes a string.
  return { path: [...path], location: pointerOf(path), text, form: 'plain', start, end, written: JSON.stringify };
}

function isMedia(text: string): boolean {
  return text.length >= MEDIA_CHARS_MIN && /^[\w+/=-]+$/.test(text);
}

/** Tools may also take free text; only what begins as a JSON value is read as one. */
function isJsonStart(text: string): boolean {
  return /^\s*[[{]/.test(text);
}
