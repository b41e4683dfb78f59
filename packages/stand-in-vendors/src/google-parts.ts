const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** An error as Google words it. */
export function googleError(status: number, message: string): unknown {
  return { error: { code: status, message, status: STATUSES[status] ?? 'INTERNAL' } };
}
