/** What a record or a call is found by. */
export interface Pairable {
  readonly at: Date;
  readonly requestId: string;
  readonly userId: string;
  readonly organisationId: string | null;
}

/** How long before and after a call's beginning its record may begin, in milliseconds. */
const RECORD_BEFORE_MS_MAX = 15 * 60_000;
const RECORD_AFTER_MS_MAX = 5 * 60_000;

/**
 * Brings together records and calls of the same person, organisation and request id. Where a client used one id for several, the first call belongs
 * to the first record, as `usage_complete` has it.
 */
export function pairCalls<R extends Pairable, C extends Pairable>(
  records: readonly R[],
  calls: readonly C[],
): [R, C][] {
  const callsOf = Map.groupBy(inOrder(calls), nameOf);
  const pairs: [R, C][] = [];
  for (const [name, found] of Map.groupBy(inOrder(records), nameOf)) {
    const waiting = callsOf.get(name) ?? [];
    for (const record of found) {
      const call = waiting[0];
      if (call === undefined) break;
      if (!mayBelong(record, call)) continue;
      pairs.push([record, call]);
      waiting.shift();
    }
  }
  return pairs;
}

function inOrder<T extends Pairable>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function nameOf({ requestId, userId, organisationId }: Pairable): string {
  return `${userId} ${organisationId} ${requestId}`;
}

function mayBelong(record: Pairable, call: Pairable): boolean {
  const laterMs = record.at.getTime() - call.at.getTime();
  return laterMs >= -RECORD_BEFORE_MS_MAX && laterMs <= RECORD_AFTER_MS_MAX;
}
