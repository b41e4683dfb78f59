import { createHash } from 'node:crypto';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { IdempotentAttempt } from '../charging/idempotent-attempt.ts';
import { keyScopeOf } from '../domain/principal.ts';
import type { Route } from '../domain/route.ts';
import type { Edge } from '../edge.ts';
import { traced } from '../traced.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

type ReplayTools = Pick<Edge, 'config' | 'idempotency' | 'settlements'>;

/**
 * A metered request under an `Idempotency-Key` that was answered before gets the same answer again and costs nothing more. Throws 409 for
 * another request under the key, and while the first one runs.
 */
export function replay(exchange: Exchange, edge: ReplayTools): void | Promise<void> {
  const { route, charge, caller, headers } = exchange;
  if (route === undefined || charge === undefined) return undefined;
  const key = headers.get('idempotency-key');
  const keyScope = keyScopeOf(caller);
  if (key === undefined || keyScope === undefined) return undefined;
  return traced('replay', exchange, () => claim(exchange, edge, route, keyScope, key));
}

async function claim(
  exchange: Exchange,
  edge: ReplayTools,
  route: Route,
  keyScope: string,
  key: string,
): Promise<void> {
  const { request, target } = exchange;
  if (key === '' || key.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    const message = `Must have 1–${IDEMPOTENCY_KEY_CHARS_MAX} characters`;
    throw new AppError('request.invalid', {
      detail: `Idempotency-Key: ${message}.`,
      errors: [{ path: 'headers.idempotency-key', message }],
    });
  }
  exchange.body ??= await readBody(exchange, route.bodyBytesMax, edge.config.BODY_TIMEOUT_MS);
  const fingerprint = createHash('sha256')
    .update(`${request.method}\n${target.path}${target.query}\n`)
    .update(exchange.body)
    .digest('base64url');
  exchange.fingerprint = fingerprint;
  const repeatable = { keyScope, key, fingerprint };
  let claimed = await edge.idempotency.claim(repeatable);
  if (claimed.kind === 'ended') {
    await edge.settlements.tell(claimed.due);
    await edge.idempotency.drop(repeatable, claimed.attempt);
    claimed = await edge.idempotency.claim(repeatable);
  }
  switch (claimed.kind) {
    case 'first':
      exchange.attempt = new IdempotentAttempt(
        edge.idempotency,
        repeatable,
        claimed,
        exchange,
        edge.config.HOLD_TTL_SECONDS * 1_000,
      );
      return;
    case 'answered':
      exchange.replayOf = claimed.answer.requestId;
      exchange.reply = { ...claimed.answer, headers: [...claimed.answer.headers, 'Idempotency-Replayed', 'true'] };
      return;
    case 'different':
      throw new AppError('idempotency.conflict', { detail: 'This Idempotency-Key was used with a different request.' });
    case 'ended':
    case 'running':
      throw stillRunning();
  }
}

/** 409: the first request under the key has not ended yet. */
export function stillRunning(): AppError {
  return new AppError('idempotency.in_progress', {
    detail: 'The first request with this Idempotency-Key is still running.',
    headers: { 'Retry-After': '1' },
  });
}
