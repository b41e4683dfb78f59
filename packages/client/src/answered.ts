import { limitsOf, type Limits } from './limits.ts';

/** An answer and what its headers say. */
export interface Answered<T> {
  readonly data: T;
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string | undefined;
  readonly limits: Limits | undefined;
  /** It is the answer of the first request with this `Idempotency-Key`. */
  readonly replayed: boolean;
}

/** An answer with its data, once that has been read. */
export function answered<T>({ status, headers }: Response, data: T): Answered<T> {
  return {
    data,
    status,
    headers,
    requestId: headers.get('x-request-id') ?? undefined,
    limits: limitsOf(headers),
    replayed: headers.get('idempotency-replayed') === 'true',
  };
}
