import { ERRORS, type ErrorCode } from '@turnpike/contracts';
import { unavailable } from './errors.ts';

/** What another of our services says with a 4xx. */
export interface ReceivedRefusal {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Further public members, such as `cost` and `balance`. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Reads the refusal in another service's answer. One that is about *us* (our service key), says that the route is not there (as a release
 * before that route does), or has no code of the contract, is an outage to our caller: it throws 503.
 */
export function readRefusal(service: string, endpoint: string, status: number, body: unknown): ReceivedRefusal {
  const {
    code,
    detail,
    type: _type,
    title: _title,
    status: _status,
    request_id: _id,
    errors: _errors,
    ...extra
  } = (body ?? {}) as Record<string, unknown>;
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined;
  const text = typeof detail === 'string' ? detail : `status ${status}`;
  if (known === undefined || known.startsWith('auth.service_key') || known.startsWith('route.'))
    throw unavailable(`The ${service} service`, `${endpoint} refused the call: ${status} ${text}`);
  return { code: known, detail: text, extra };
}
