import { withoutErased } from '../domain/erased-row.ts';
import { mergedSums, sumsWithoutErased, type Unit } from '../domain/roll-up.ts';
import { keyOf, type CopiedUnit, type CopySource, type CopyTarget } from './copyable-store.ts';

const DAY_MS = 86_400_000;
/** Records, or sums, that are held in memory at once. */
const PAGE = 5_000;

const UNITS: readonly CopiedUnit[] = ['day_total', 'day', 'hour_total', 'hour', 'minute', 'record'];

export interface CopyOptions {
  readonly source: CopySource;
  readonly target: CopyTarget;
  /** Which of these people are erased: what the source still has of them is not copied with their name. */
  readonly erasedAmong: (userIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Days before this moment are left out, by unit. */
  readonly keptSince: (unit: CopiedUnit) => Date;
  /** Aborted: the copy ends with its reason, and may be repeated. */
  readonly signal: AbortSignal;
  readonly onDay: (unit: CopiedUnit, day: Date, copied: number) => void;
}

/**
 * Copies every record and sum of one store into another, day by day. Days that are complete are passed over, and the one that an interruption left is
 * taken up, so that it may be repeated until it ends, and after that changes nothing. Returns how many days were copied.
 */
export async function copyStore(options: CopyOptions): Promise<number> {
  const { source, target, keptSince, signal, onDay } = options;
  let days = 0;
  for (const unit of UNITS) {
    const span = await source.span(unit);
    if (span === undefined) continue;
    const first = Math.floor(Math.max(span.first.getTime(), keptSince(unit).getTime()) / DAY_MS) * DAY_MS;
    for (let at = first; at <= span.last.getTime(); at += DAY_MS) {
      signal.throwIfAborted();
      const day = new Date(at);
      if (await target.isComplete({ unit, at: day })) continue;
      await target.prepareDay(day);
      const copied = unit === 'record' ? await copyRecords(options, day) : await copySums(options, unit, day);
      await target.noteComplete({ unit, at: day });
      days += 1;
      onDay(unit, day, copied);
    }
  }
  return days;
}

async function copyRecords({ source, target, signal, erasedAmong }: CopyOptions, day: Date): Promise<number> {
  let copied = 0;
  for (let page = await source.records(day, undefined, PAGE); page.length > 0;) {
    signal.throwIfAborted();
    const erased = await erasedAmong(page.flatMap(({ user_id: userId }) => userId ?? []));
    const rows = page.flatMap((row) => withoutErased(row, erased) ?? []);
    await target.addRecords(rows);
    copied += rows.length;
    page = page.length < PAGE ? [] : await source.records(day, page.at(-1), PAGE);
  }
  return copied;
}

async function copySums({ source, target, signal, erasedAmong }: CopyOptions, unit: Unit, day: Date): Promise<number> {
  let copied = 0;
  await target.addSums(unit, day, async (after) => {
    signal.throwIfAborted();
    const page = await source.sums(unit, day, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return undefined;
    const erased = await erasedAmong(page.flatMap(({ owner_id: owner, user_id: user }) => [owner, user]));
    const sums = mergedSums(page.map((each) => sumsWithoutErased(each, erased)));
    copied += page.length;
    return { last: keyOf(last), sums };
  });
  return copied;
}
