import { REQUEST_ID_PATTERN } from '@turnpike/contracts';
import { uuidv7 } from '../data/ids.ts';

/** The caller's request id when it is well formed, otherwise a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID_PATTERN.test(header) ? header : uuidv7();
}
