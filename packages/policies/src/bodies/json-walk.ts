/** A value of a JSON text. */
export interface JsonValue {
  /** Members and indexes that lead to it; the array is that of the walk, and changes. */
  readonly path: readonly (string | number)[];
  /** Where it stands in the JSON text, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'string' | 'number' | 'object' | 'array';
}

/** A text that is no JSON, or nested too deeply. */
export class UnreadableJson extends Error {
  override readonly name = 'UnreadableJson';
}

/** Deepest nesting that is read. */
const DEPTH_MAX = 512;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** A string that stands for itself. */
const UNESCAPED = /^[^\\\p{Cc}]*$/u;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Walks a JSON text and tells of its strings and numbers, and of objects and arrays once they are passed, in the order in which they stand. Members may be
 * named twice: both are told of. Throws `UnreadableJson`.
 */
export function* walkJson(json: string): Generator<JsonValue> {
  const path: (string | number)[] = [];
  /** Where the open objects and arrays begin. */
  const open: number[] = [];
  let at = afterSpace(json, 0);
  let expectsValue = true;
  while (expectsValue || open.length > 0) {
    const character = json[at];
    const inner = path.length - 1;
    if (expectsValue) {
      if (character === '{' || character === '[') {
        if (open.length >= DEPTH_MAX) throw new UnreadableJson('The JSON is nested too deeply.');
        open.push(at);
        path.push(character === '[' ? 0 : '');
        at = afterSpace(json, at + 1);
        if (json[at] === (character === '[' ? ']' : '}')) expectsValue = false;
        else if (character === '{') at = readName(json, at, path);
        continue;
      }
      const end = character === '"' ? endOfString(json, at) : skip(SCALAR, json, at);
      if (end === at) throw invalid();
      if (character === '"') yield { path, start: at, end, kind: 'string' };
      else if (character === '-' || (character ?? '') <= '9') yield { path, start: at, end, kind: 'number' };
      at = afterSpace(json, end);
      expectsValue = false;
    } else if (character === ',') {
      const index = path[inner];
      at = afterSpace(json, at + 1);
      if (typeof index === 'number') path[inner] = index + 1;
      else at = readName(json, at, path);
      expectsValue = true;
    } else {
      if (character !== (typeof path[inner] === 'number' ? ']' : '}')) throw invalid();
      path.pop();
      const start = open.pop() ?? 0;
      yield { path, start, end: at + 1, kind: character === '}' ? 'object' : 'array' };
      at = afterSpace(json, at + 1);
    }
  }
  if (at < json.length) throw invalid();
}

/** Reads `"name":` into the last member of the path. */
function readName(json: string, at: number, path: (string | number)[]): number {
  const end = endOfString(json, at);
  const colon = afterSpace(json, end);
  if (json[colon] !== ':') throw invalid();
  path[path.length - 1] = stringAt(json, at, end);
  return afterSpace(json, colon + 1);
}

/** Where white space ends that may begin at a place; mostly there is none. */
function afterSpace(json: string, at: number): number {
  let end = at;
  for (let unit = json.charCodeAt(end); unit <= SPACE; unit = json.charCodeAt(end)) {
    if (unit !== SPACE && unit !== TAB && unit !== LF && unit !== CR) break;
    end += 1;
  }
  return end;
}

/** Where a string ends that begins at a place. */
function endOfString(json: string, at: number): number {
  if (json[at] !== '"') throw invalid();
  for (let end = json.indexOf('"', at + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  throw invalid();
}

/** The string between two places. */
export function stringAt(json: string, start: number, end: number): string {
  const inner = json.slice(start + 1, end - 1);
  if (UNESCAPED.test(inner)) return inner;
  try {
    return String(JSON.parse(json.slice(start, end)));
  } catch {
    throw invalid();
  }
}

function skip(token: RegExp, json: string, at: number): number {
  token.lastIndex = at;
  return token.test(json) ? token.lastIndex : at;
}

function invalid(): UnreadableJson {
  return new UnreadableJson('The text is not valid JSON.');
}

/** A path as a JSON pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
