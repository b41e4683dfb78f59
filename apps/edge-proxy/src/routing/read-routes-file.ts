import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { z } from 'zod';
import {
  route,
  routesFileSchema,
  upstream,
  type RoutesFile,
  type RouteSettings,
  type UpstreamSettings,
} from './routes-file-schema.ts';

/** A routes file that cannot be used. The message has one line per fault, each with the line number it is about. */
export class RoutesFileError extends Error {
  override readonly name = 'RoutesFileError';
}

/** A fault and the path of the value it is about, such as `['routes', 3, 'auth']`. */
export interface RoutesFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The parts of a file that have the right shape, with their places in it. */
export interface SoundParts {
  readonly upstreams: readonly (readonly [name: string, settings: UpstreamSettings])[];
  /** Of all upstreams, those with faults too. */
  readonly upstreamNames: ReadonlySet<string>;
  readonly routes: readonly { readonly index: number; readonly settings: RouteSettings }[];
}

/** Most faults listed in one message. */
const FAULTS_MAX = 20;

/**
 * Reads a routes file. `check` looks for faults that the shape alone does not show, such as a route to an upstream that is not there.
 * Throws `RoutesFileError` naming the line of every fault.
 */
export function readRoutesFile(
  text: string,
  fileName: string,
  check: (parts: SoundParts) => readonly RoutesFault[],
): RoutesFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: true });
  const at = (offset: number): string => `${fileName}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw errorOf(
      document.errors.map((error) => `${at(error.pos[0])}: ${error.message.split('\n', 1)[0] ?? 'is not YAML'}`),
    );
  }
  const plain: unknown = document.toJS();
  const parsed = routesFileSchema.safeParse(plain);
  const misshapen = parsed.success ? [] : parsed.error.issues.flatMap(faultsOf);
  const faults = [
    ...misshapen.map((fault) => (isThere(plain, fault.path) ? fault : { ...fault, message: 'is missing' })),
    ...check(soundPartsOf(plain)),
  ];
  if (parsed.success && faults.length === 0) return parsed.data;
  throw errorOf(
    faults
      .map(({ path, message }) => ({ offset: offsetOf(document, path), message: `${nameOf(plain, path)}: ${message}` }))
      .toSorted((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => `${at(offset)}: ${message}`),
  );
}

function errorOf(faults: readonly string[]): RoutesFileError {
  const further = faults.length - FAULTS_MAX;
  return new RoutesFileError(
    [...faults.slice(0, FAULTS_MAX), ...(further > 0 ? [`and ${further} more`] : [])].join('\n'),
  );
}

/** What has the right shape, so that one misspelled word hides no other fault. */
function soundPartsOf(plain: unknown): SoundParts {
  const { upstreams, routes } = file.safeParse(plain).data ?? {};
  return {
    upstreams: Object.entries(upstreams ?? {}).flatMap(([name, value]) => {
      const { data } = upstream.safeParse(value);
      return data === undefined ? [] : [[name, data] as const];
    }),
    upstreamNames: new Set(Object.keys(upstreams ?? {})),
    routes: (routes ?? []).flatMap((value, index) => {
      const { data } = route.safeParse(value);
      return data === undefined ? [] : [{ index, settings: data }];
    }),
  };
}

/** A file whose parts are still to be judged. */
const file = z.object({
  upstreams: z.record(z.string(), z.unknown()).catch({}),
  routes: z.array(z.unknown()).catch([]),
});

/** How a message names a value: by its path, and in a route by the route's id, which is what people look for. */
function nameOf(plain: unknown, path: readonly PropertyKey[]): string {
  const [part, index, ...rest] = path;
  const found = file.safeParse(plain).data?.routes[Number(index)];
  const id = part === 'routes' && rest.length > 0 ? identified.safeParse(found).data?.id : undefined;
  return id === undefined ? path.map(String).join('.') : `route ${id}: ${rest.map(String).join('.')}`;
}

const identified = z.object({ id: z.string() });

/** A union's issue says little; its closest branch says what is wrong with the value that was written. */
function faultsOf(issue: z.core.$ZodIssue): RoutesFault[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.toSorted((a, b) => Math.max(...b.map(depthOf)) - Math.max(...a.map(depthOf)))[0] ?? [];
    return closest.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a known setting' }));
  }
  return [{ path: issue.path, message: issue.message }];
}

function isThere(value: unknown, path: readonly PropertyKey[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return value !== undefined;
  return typeof value === 'object' && value !== null && isThere(Reflect.get(value, key), rest);
}

function depthOf(issue: z.core.$ZodIssue): number {
  return issue.path.length;
}

/** Where a value stands in the text; for one that is missing, where what should hold it begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const part = path.slice(0, length);
    const key = length === 0 ? undefined : keyNode(document.getIn(part.slice(0, -1), true), part.at(-1));
    const node = key ?? (length === 0 ? document.contents : (document.getIn(part, true) as Node | undefined));
    if (node?.range) return node.range[0];
  }
  return 0;
}

/** The key of a mapping's entry, which stands on the line a reader looks for even if its value starts below. */
function keyNode(parent: unknown, key: PropertyKey | undefined): Node | undefined {
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) ? pair.key : undefined;
}
