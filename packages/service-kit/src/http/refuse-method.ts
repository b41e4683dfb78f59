import type { ServerResponse } from 'node:http';
import { AppError } from './errors.ts';

/** Refuses the method of a request to a known path: throws 405, with the methods that the path answers in `Allow` (RFC 9110 §15.5.6). */
export function refuseMethod(response: ServerResponse, methods: readonly string[]): never {
  response.setHeader('Allow', methods.join(', '));
  throw new AppError('route.method_not_allowed', { detail: `This path answers ${methods.join(', ')}.` });
}
