/** The environment that a check looks at. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Something to do. `problem`: something does not work or is not safe; `warning`: it works, for now. */
export interface Finding {
  readonly severity: 'problem' | 'warning';
  readonly what: string;
  readonly fix: string;
}

/** Looks at one thing; what it finds, or nothing. */
export interface Check {
  readonly name: string;
  readonly run: (environment: Environment) => Promise<readonly Finding[]>;
}

export const problem = (what: string, fix: string): Finding => ({ severity: 'problem', what, fix });
export const warning = (what: string, fix: string): Finding => ({ severity: 'warning', what, fix });

/** Time that a store or a server is given to answer, in milliseconds. */
export const TIMEOUT_MS = 5_000;

/** The first sentence of what went wrong. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return error.message || (inner === undefined ? error.name : reasonOf(inner));
}
