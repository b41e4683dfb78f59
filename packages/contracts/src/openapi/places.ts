/** What finding an operation takes; a document holds more. */
export interface PlacedOperation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly 'x-segments'?: 'any' }[];
}

/** An operation and where it stands in its document. */
export interface Place<O extends PlacedOperation> {
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  readonly operation: O;
  /** Its place in the document, as a JSON pointer that may stand in a URI's fragment. */
  readonly pointer: string;
  /** Matches a path without its query; the groups are the parameters. */
  readonly matches: RegExp;
}

/** The operations of a document. The first that matches a request is its own: the most exact come first, as the gateway matches. */
export function placesOf<O extends PlacedOperation>(
  paths: Readonly<Record<string, Readonly<Record<string, O>>>>,
): Place<O>[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
        pointer: `/paths/${escapedPointer(path)}/${method}`,
        matches: patternOf(path, operation),
      })),
    )
    .toSorted((a, b) => openness(a.path).localeCompare(openness(b.path)));
}

/** Part of a JSON pointer inside a URI's fragment (RFC 6901 §6). */
export function escapedPointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Orders paths segment by segment: literal text before parameters. */
function openness(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment.startsWith('{rest') ? '2' : segment.startsWith('{') ? '1' : '0'))
    .join('');
}

function patternOf(path: string, { parameters = [] }: PlacedOperation): RegExp {
  const segments = path.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return segment.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
    const many = parameters.some((one) => one.name === name && one['x-segments'] === 'any');
    return `(?<${name}>${many ? '.*' : '[^/]+'})`;
  });
  return new RegExp(`^${segments.join('/')}/?$`);
}
