import type { Direction, PolicyRule } from '@turnpike/contracts';

/** What a call is known by when its rules are picked. */
export interface CallFacts {
  readonly keyId?: string | undefined;
  readonly provider: string;
  /** `undefined` where nobody knows it: then the rules for every model are for the call. */
  readonly model: string | undefined;
}

/** Whether a name matches one of the patterns, in which `*` stands for any text. Letter case is ignored. */
export function matchesGlob(name: string, globs: readonly string[]): boolean {
  const given = name.toLowerCase();
  return globs.some((glob) => matches(given, glob.toLowerCase().split('*')));
}

/** Compares piece by piece, each as early as it fits: no pattern takes longer than the text times its pieces. */
function matches(name: string, pieces: readonly string[]): boolean {
  const [head = '', ...rest] = pieces;
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

/** Whether a rule is for a call. */
export function appliesTo({ scope }: PolicyRule, { keyId, provider, model }: CallFacts): boolean {
  if (scope.key_ids !== undefined && (keyId === undefined || !scope.key_ids.includes(keyId))) return false;
  if (scope.providers !== undefined && !scope.providers.some((name) => name === provider)) return false;
  return scope.models === undefined || model === undefined || matchesGlob(model, scope.models);
}

/** Whether a rule is for texts that go that way. */
export function isFor({ direction }: PolicyRule, way: Direction): boolean {
  return direction === 'both' || direction === way;
}

/** The order in which rules speak: by priority, then the older first. */
export function byPrecedence(a: PolicyRule, b: PolicyRule): number {
  return a.priority - b.priority || (a.id < b.id ? -1 : Number(a.id > b.id));
}
