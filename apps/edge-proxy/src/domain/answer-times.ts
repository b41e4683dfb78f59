/** Answers of an address that are remembered. */
const ANSWERS_MAX = 128;
/** How long they count, in milliseconds: an address is judged by what it did lately. */
const LIFE_MS = 300_000;

/** How fast the last answers began. */
export interface RecentAnswers {
  /** Half of them began within this many milliseconds. */
  readonly p50Ms: number;
  /** And 95 % within this many. */
  readonly p95Ms: number;
  readonly count: number;
}

/** How long an address took to begin its last answers: two numbers are written for each, and sorted only when somebody looks. Time is handed in. */
export class AnswerTimes {
  readonly #at = new Float64Array(ANSWERS_MAX).fill(Number.NEGATIVE_INFINITY);
  readonly #took = new Float64Array(ANSWERS_MAX);
  #next = 0;

  /** An answer began at `nowMs`, `tookMs` after its attempt. */
  note(nowMs: number, tookMs: number): void {
    this.#at[this.#next] = nowMs;
    this.#took[this.#next] = tookMs;
    this.#next = (this.#next + 1) % ANSWERS_MAX;
  }

  /** Of the last five minutes; `undefined` where none began. */
  recent(nowMs: number): RecentAnswers | undefined {
    const took = this.#took.filter((_, index) => nowMs - (this.#at[index] ?? 0) <= LIFE_MS).toSorted();
    if (took.length === 0) return undefined;
    const rank = (part: number): number => took[Math.ceil(took.length * part) - 1] ?? 0;
    return { p50Ms: rank(0.5), p95Ms: rank(0.95), count: took.length };
  }
}
