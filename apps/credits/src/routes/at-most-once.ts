import { HEADER } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { requestDigest, sha256 } from '../domain/request-digest.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerCommands } from '../stores/ledger-store.ts';

/** The parts of a call that make its request what it is. */
interface KeyedCall {
  readonly idempotencyKey: string | undefined;
  readonly params: unknown;
  readonly body: unknown;
}

interface Performed<R> {
  readonly result: R;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Performs a command; under an `Idempotency-Key` at most once per caller and key, recorded in the command's own
 * transaction. Throws 409 `idempotency.conflict` where the key belongs to another request, and 409 with `Retry-After`
 * while the first is still running.
 */
export async function atMostOnce<A extends keyof LedgerCommands>(
  ledger: Ledger,
  caller: string,
  operation: string,
  call: KeyedCall,
  command: A,
  args: LedgerCommands[A][0],
  unkeyed: () => Promise<LedgerCommands[A][1]>,
): Promise<Performed<LedgerCommands[A][1]>> {
  if (call.idempotencyKey === undefined) return { result: await unkeyed(), headers: {} };
  const key = {
    scope: caller,
    keyDigest: sha256(call.idempotencyKey),
    requestHash: requestDigest(operation, call.params, call.body),
  };
  const answer = await ledger.once(key, command, args);
  switch (answer.outcome) {
    case 'done':
      return { result: answer.result, headers: replayedHeader(answer.replayed) };
    case 'conflict':
      throw new AppError('idempotency.conflict', { detail: 'This Idempotency-Key was used with a different request.' });
    case 'running':
      throw new AppError('idempotency.in_progress', {
        detail: 'The first request with this Idempotency-Key is still running.',
        headers: { 'Retry-After': '1' },
      });
  }
}

/** `Idempotency-Replayed: true` on an answer that was given before. */
export function replayedHeader(replayed: boolean | undefined): Readonly<Record<string, string>> {
  return replayed ? { [HEADER.idempotencyReplayed]: 'true' } : {};
}
