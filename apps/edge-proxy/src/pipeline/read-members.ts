import { utf8MediaType } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { topLevelMembers, UnreadableBody } from '../domain/top-level-members.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** Methods whose body some servers read and others do not (RFC 9110 §9.3). */
const BODY_IGNORED_BY_SOME: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/**
 * The top-level members of a JSON body by which the edge decides something; none where there is no body. Refused where
 * the upstream could read something else in it: 415 for another media type, charset or compressed bytes, 400 for what
 * is no plain JSON object. Throws 413 and 408 as `readBody` does.
 */
export async function readMembers(
  exchange: Exchange,
  edge: Pick<Edge, 'config'>,
): Promise<ReadonlyMap<string, unknown>> {
  const { headers, request, destination } = exchange;
  const coding = headers.get('content-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw unsupported('The body of this request must not be compressed.');
  exchange.body ??= await readBody(exchange, destination.route.bodyBytesMax, edge.config.BODY_TIMEOUT_MS);
  if (exchange.body.length === 0) return new Map();
  if (utf8MediaType(headers.get('content-type') ?? '') !== 'application/json')
    throw unsupported('The body of this request must be JSON in UTF-8 (application/json).');
  if (BODY_IGNORED_BY_SOME.has(request.method))
    throw new AppError('request.malformed', { detail: `A ${request.method} request has no body here.` });
  try {
    return topLevelMembers(exchange.body);
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    throw new AppError('request.malformed', { detail: error.message });
  }
}

function unsupported(detail: string): AppError {
  return new AppError('request.unsupported_media_type', { detail });
}
