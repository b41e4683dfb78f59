import type { RecordRow } from '../domain/record-row.ts';
import type { RollUp, Unit } from '../domain/roll-up.ts';

export type CopiedUnit = Unit | 'record';

/** A day (UTC, its first moment) of records, or of sums of a unit. */
export interface Day {
  readonly unit: CopiedUnit;
  readonly at: Date;
}

/** What the sums of a unit are told apart by. */
export type SumsKey = Pick<
  RollUp,
  | 'owner_id'
  | 'at'
  | 'user_id'
  | 'key_id'
  | 'project_id'
  | 'environment'
  | 'route'
  | 'status_class'
  | 'provider'
  | 'model'
>;

export function keyOf(sums: RollUp): SumsKey {
  const { owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model } = sums;
  return { owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model };
}

/** A store that records and sums are copied from. It is not written meanwhile. The traffic by minute is no part of a store and stays where it is. */
export interface CopySource {
  /** First and last moment of a unit; `undefined` where there is nothing. */
  span(unit: CopiedUnit): Promise<{ readonly first: Date; readonly last: Date } | undefined>;
  /** Records of a day, in an order of the store's own, after the one that came last; at most `limit`. */
  records(day: Date, after: RecordRow | undefined, limit: number): Promise<RecordRow[]>;
  /** Sums of a day, each key once, in an order of the store's own, after a key; at most `limit`. */
  sums(unit: Unit, day: Date, after: SumsKey | undefined, limit: number): Promise<RollUp[]>;
}

/** A page of sums after a key; an empty one is the end. */
export type SumsPages = (
  after: SumsKey | undefined,
) => Promise<{ readonly last: SumsKey; readonly sums: readonly RollUp[] } | undefined>;

/** A store that records and sums are copied into, beside what is written there already. */
export interface CopyTarget {
  isComplete(day: Day): Promise<boolean>;
  /** Makes room for what a day holds. */
  prepareDay(day: Date): Promise<void>;
  /** Adds records; those that are there already stay as they are. */
  addRecords(rows: readonly RecordRow[]): Promise<void>;
  /** Adds the sums of a day to what is there, once, though it is interrupted and called again. */
  addSums(unit: Unit, day: Date, pages: SumsPages): Promise<void>;
  /** From now on the day is complete. */
  noteComplete(day: Day): Promise<void>;
}
