import { createHash } from 'node:crypto';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { FirstAttempt } from '../charging/first-attempt.ts';
import { userOf } from '../domain/principal.ts';
import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** Largest body of a request that is to be recognised when it is repeated, in bytes. */
const REPEATABLE_BODY_BYTES_MAX = 262_144;

/**
 * A metered request under an `Idempotency-Key` that was answered before gets the same answer again and costs nothing more. Throws 409 for
 * another request under the key, and while the first one runs.
 */
export async function replay(exchange: Exchange, edge: Edge): Promise<void> {
  const { route, caller, headers, request, target } = exchange;
  const key = headers.get('idempotency-key');
  const userId = userOf(caller);
  if (route?.charge === undefined || key === undefined || userId === undefined) return;
  if (key === '' || key.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    const message = `Must have 1–${IDEMPOTENCY_KEY_CHARS_MAX} characters`;
    throw new AppError('request.invalid', { detail: `Idempotency-Key: ${message}.`, errors: [{ path: 'headers.idempotency-key', message }] });
  }
  exchange.body ??= await readBody(exchange, Math.min(route.bodyBytesMax, REPEATABLE_BODY_BYTES_MAX), edge.config.BODY_IDLE_TIMEOUT_MS);
  const fingerprint = createHash('sha256').update(`${request.method}\n${target.path}${target.query}\n`).update(exchange.body).digest('base64url');
  exchange.fingerprint = fingerprint;
  const repeatable = { userId, key, fingerprint };
  const claim = await edge.answers.claim(repeatable);
  switch (claim.kind) {
    case 'first':
      exchange.attempt = new FirstAttempt(edge.answers, repeatable, claim.attempt, edge.config.HOLD_TTL_SECONDS * 1_000);
      return;
    case 'answered':
      exchange.reply = { ...claim.answer, headers: [...claim.answer.headers, 'Idempotency-Replayed', 'true'] };
      return;
    case 'different':
      throw new AppError('idempotency.conflict', { detail: 'This Idempotency-Key was used with a different request.' });
    case 'running':
      throw new AppError('idempotency.in_progress', {
        detail: 'The first request with this Idempotency-Key is still running.',
        headers: { 'Retry-After': '1' },
      });
    case 'unknown':
      // Without the store the request runs again; its hold has the same name, so it is charged once all the same.
      return;
  }
}
