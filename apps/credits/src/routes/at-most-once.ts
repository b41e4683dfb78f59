import { HEADER } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { requestDigest, sha256 } from '../domain/request-digest.ts';
import type { Commands, Ledger } from '../ledger/ledger.ts';
import type { LedgerCommands } from '../stores/ledger-store.ts';

/** A command that a request asks for. */
export interface KeyedCommand<C extends keyof LedgerCommands> {
  readonly ledger: Ledger;
  readonly command: C;
  readonly args: LedgerCommands[C][0];
  /** Whose keys these are; equal keys of different callers never meet. */
  readonly caller: string;
  /** Id of the endpoint, which is part of what makes two requests the same. */
  readonly endpoint: string;
  /** The parts of the call that make its request what it is. */
  readonly call: { readonly idempotencyKey: string | undefined; readonly params: unknown; readonly body: unknown };
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
export async function atMostOnce<C extends keyof LedgerCommands>({
  ledger,
  command,
  args,
  caller,
  endpoint,
  call,
}: KeyedCommand<C>): Promise<Performed<LedgerCommands[C][1]>> {
  const commands: Commands = ledger;
  if (call.idempotencyKey === undefined) return { result: await commands[command](args), headers: {} };
  const key = {
    scope: caller,
    keyDigest: sha256(call.idempotencyKey),
    requestHash: requestDigest(endpoint, call.params, call.body),
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
export function replayedHeader(replayed: boolean): Readonly<Record<string, string>> {
  return replayed ? { [HEADER.idempotencyReplayed]: 'true' } : {};
}
