/** Ids, moments and words of fixed lists (types, actions, tiers) say what a job is about; whatever else a text is may be somebody's. */
const TELLING =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z?|[a-z]+(?:[._][a-z]+)+)$/;
/** Members whose text is of a fixed list. */
const FIXED: ReadonlySet<string> = new Set(['type', 'action', 'actor', 'tier', 'template', 'status']);
const DEPTH_MAX = 4;

/** A job's payload as operators see it: names of members stay, and of values those that identify nobody. */
export function redacted(value: unknown, member = '', depth = 0): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return TELLING.test(value) || FIXED.has(member) ? value : '…';
  if (typeof value !== 'object' || depth === DEPTH_MAX) return '…';
  if (Array.isArray(value)) return value.map((item) => redacted(item, member, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, redacted(part, name, depth + 1)]));
}
