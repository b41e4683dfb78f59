import type { StatsAnswer, StatsQuestion } from '../stats/domain/stats.ts';
import type { CompletionRow, RecordRow } from './domain/record-row.ts';
import type { RecordFilter, RecordPage, StoredRecord } from './domain/stored-record.ts';

/** A batch to store. Producer and sequence name it for good. */
export interface StoredBatch {
  readonly producer: string;
  readonly sequence: number;
  readonly rows: readonly RecordRow[];
  /** Of calls of language models, each for a record of this batch or of another, stored before or after it. */
  readonly completions: readonly CompletionRow[];
}

/** What was stored of batches of which some may have come before. */
export interface Stored {
  readonly batches: number;
  readonly records: number;
}

/** How long what is kept, as the moments before which it goes. */
export interface Keeping {
  readonly recordsBefore: Date;
  readonly minutesBefore: Date;
  readonly sumsBefore: Date;
}

/**
 * Where request records and their sums are. PostgreSQL is the usual one; whoever outgrows it brings another behind the same calls. Every one of
 * them throws while the store is down.
 */
export interface UsageStore {
  /** Makes tables that are missing, and room for the days to come. Safe to repeat. */
  prepare(): Promise<void>;
  /** Whether it answers. */
  check(): Promise<void>;
  /** Stores batches and adds them to the sums, each batch once, however often it comes. */
  append(batches: readonly StoredBatch[]): Promise<Stored>;
  find(id: string): Promise<StoredRecord | undefined>;
  list(filter: RecordFilter, page: RecordPage): Promise<StoredRecord[]>;
  /** How many records a filter finds, counted up to `max`. */
  count(filter: RecordFilter, max: number): Promise<number>;
  /** Sums, from sums: never reads records. */
  stats(question: StatsQuestion): Promise<StatsAnswer>;
  /** Requests of the last 24 hours, by whole hours, of everybody or of an organisation; from sums. */
  ofLastDay(organisationId: string | undefined): Promise<{ readonly requests: number; readonly errors: number }>;
  /** Organisations with records of a time, in the order of their ids after one of them. */
  organisationsIn(from: Date, to: Date, after: string | undefined, limit: number): Promise<string[]>;
  /** What the records of a day (UTC) say was charged, in micro-credits. */
  chargedOn(day: Date): Promise<bigint>;
  /** Records of the same payer that held credits at a moment, at most `limit`. */
  heldAt(payer: Pick<StoredRecord, 'userId' | 'organisationId'>, at: Date, limit: number): Promise<StoredRecord[]>;
  /** A person's records as they may read them, in pages from the newest. */
  exportRecords(userId: string, before: StoredRecord | undefined, limit: number): Promise<StoredRecord[]>;
  /** Forgets a person; returns how many rows went, by table. */
  erase(userId: string): Promise<Record<string, number>>;
  /** Removes the records of an organisation from before a moment, and returns how many; sums stay. Safe to repeat. */
  dropRecords(organisationId: string, before: Date): Promise<number>;
  /** Drops what has served its time; returns how many partitions went. */
  drop(keeping: Keeping): Promise<number>;
  close(): Promise<void>;
}
