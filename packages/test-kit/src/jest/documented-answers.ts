import { placesOf, type PlacedOperation } from '@turnpike/contracts/openapi';

interface Operation extends PlacedOperation {
  readonly responses: Readonly<Record<string, unknown>>;
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** 500 is never meant: a test that sees one has found a fault. 405 is the answer to another method than the operation's. */
const NEVER_SEEN: ReadonlySet<string> = new Set(['500', '405']);

/** What a document promises and which of it was seen, as `operation status`. */
export interface Sight {
  readonly seen: readonly string[];
  readonly unseen: readonly string[];
}

/** Compares answers (`GET /path 200`) with a document. */
export function sightOf({ paths }: Document, answers: Iterable<string>): Sight {
  const places = placesOf(paths);
  const found = new Set<string>();
  for (const answer of answers) {
    const [method, path = '', status] = answer.split(' ');
    const place = places.find((one) => one.method === method && one.matches.test(path));
    if (place !== undefined) found.add(`${place.operation.operationId} ${status}`);
  }
  const documented = places.flatMap(({ operation: { operationId, responses } }) =>
    Object.keys(responses)
      .filter((status) => !NEVER_SEEN.has(status))
      .map((status) => `${operationId} ${status}`),
  );
  return {
    seen: documented.filter((pair) => found.has(pair)),
    unseen: documented.filter((pair) => !found.has(pair)),
  };
}

/** The unseen in a few lines: by status, with the names where they are few. */
export function reportOf({ unseen }: Sight, namesMax = 12): string {
  const byStatus = new Map<string, string[]>();
  for (const pair of unseen) {
    const [operation = '', status = ''] = pair.split(' ');
    byStatus.set(status, [...(byStatus.get(status) ?? []), operation]);
  }
  return [...byStatus]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([status, names]) => `  ${status}: ${names.length <= namesMax ? names.join(', ') : `${names.length} operations`}`,
    )
    .join('\n');
}
