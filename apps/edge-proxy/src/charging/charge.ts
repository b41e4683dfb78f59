/** Methods that ask about a resource (RFC 9110 §9.3.2, §9.3.7) and have no work done for them, so nothing is held for them. */
const UNMETERED_METHODS = new Set(['HEAD', 'OPTIONS']);

/** Whether a request of this method is metered on a route that charges. */
export function isMetered(method: string | undefined): boolean {
  return method !== undefined && !UNMETERED_METHODS.has(method);
}

/**
 * Whether a response is what was asked for, and so is charged: 2xx, and the 101 of a WebSocket. A redirect or a 304
 * points to another request.
 */
export function isSuccess(status: number): boolean {
  return status === 101 || (status >= 200 && status <= 299);
}
