/** The part of a record by which errors are grouped. */
interface Failed {
  readonly status: number;
  readonly error_code: string | null;
  readonly route: string | null;
  readonly created_at: string;
}

/** Errors that are alike. */
export interface ErrorGroup {
  readonly key: string;
  readonly status: number;
  readonly code: string | null;
  readonly route: string | null;
  readonly count: number;
  readonly lastAt: string;
}

/** Groups errors by status, code and route, the most frequent first; records come newest first. */
export function groupErrors(records: readonly Failed[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const { status, error_code: code, route, created_at: at } of records) {
    const key = `${status} ${code ?? ''} ${route ?? ''}`;
    const known = groups.get(key);
    groups.set(key, { key, status, code, route, count: (known?.count ?? 0) + 1, lastAt: known?.lastAt ?? at });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || b.status - a.status);
}
