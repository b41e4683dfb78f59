/** One question of a page, as `POST /reads` takes it: what `GET /api<path>` would answer. */
export interface Read {
  /** Path of the gateway, with its query. */
  readonly path: string;
  readonly organisation?: string | undefined;
  readonly environment?: string | undefined;
  readonly project?: string | undefined;
}

/** One answer, a line of JSON: in the order in which they arrive, not in which was asked. */
export interface ReadAnswer {
  /** Which of the questions it answers, from 0. */
  readonly read: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Most questions of one request. */
export const READS_MAX = 20;
