import { z } from 'zod';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requestDigest, sha256 } from '../../domain/request-digest.ts';
import { replayedHeader } from '../../routes/at-most-once.ts';

interface Answer<S extends number, B> {
  readonly status: S;
  readonly body: B;
}

const kept = z.object({ requestHash: z.instanceof(Uint8Array), result: z.unknown() });

/**
 * Gives the first answer again to a request under the same `Idempotency-Key`; throws 409 `idempotency.conflict` for another request under it. For
 * work that may be repeated: it names what is to be, so that two at once end in the same.
 */
export async function answerOnce<S extends number, B extends object>(
  { database }: Pick<Context, 'database'>,
  caller: string,
  call: { readonly idempotencyKey: string | undefined; readonly params: unknown; readonly body: unknown },
  endpoint: string,
  work: () => Promise<Answer<S, B>>,
): Promise<Answer<S, B> & { readonly headers?: Readonly<Record<string, string>> }> {
  if (call.idempotencyKey === undefined) return work();
  const scope = `${caller}:${endpoint}`;
  const keyDigest = sha256(call.idempotencyKey);
  const requestHash = requestDigest(endpoint, call.params, call.body);
  const first = await database.maybeOne(kept)`
    SELECT request_hash AS "requestHash", result FROM idempotency WHERE scope = ${scope} AND key_digest = ${keyDigest}::bytea`;
  if (first !== undefined) {
    if (!requestHash.equals(first.requestHash))
      throw new AppError('idempotency.conflict', { detail: 'This Idempotency-Key was used with a different request.' });
    return { ...(first.result as Answer<S, B>), headers: replayedHeader(true) };
  }
  const answer = await work();
  await database.prisma.$executeRaw`
    INSERT INTO idempotency (scope, key_digest, request_hash, result)
    VALUES (${scope}, ${keyDigest}::bytea, ${requestHash}::bytea, ${JSON.stringify(answer)}::jsonb) ON CONFLICT DO NOTHING`;
  return answer;
}
