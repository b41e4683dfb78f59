import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HEADER } from '@turnpike/contracts';
import { AppError } from '../http/errors.ts';
import { seal, unseal } from '../keys/seal.ts';
import type { Retention } from './retention.ts';
import { column } from './rows.ts';
import type { Query } from './sql.ts';

/** How long a first request may run before a repetition takes over, in seconds. The operation itself must be safe to repeat. */
const LEASE_SECONDS = 30;
/** Pause between attempts to give a claim back, in milliseconds. */
const GIVE_BACK_PAUSE_MS = 500;
const SEAL_PURPOSE = 'turnpike idempotency answer';
/** Answers are kept for two days. */
export const IDEMPOTENCY_RETENTION: Retention = {
  table: 'idempotency',
  column: 'created_at',
  keptSeconds: 2 * 86_400,
};

export interface IdempotentRequest {
  /** Who and what the key belongs to, such as `user:<id>:keys.create`; equal keys of different callers never meet. */
  readonly scope: string;
  readonly key: string | undefined;
  /** What makes two requests the same: operation and body. */
  readonly request: unknown;
}

export interface StoredReply<S extends number, B> {
  readonly status: S;
  readonly body: B;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Runs `work` once per key: a repetition gets the first answer with `Idempotency-Replayed: true`, another request under
 * the key is 409, and so is a repetition while the first runs. Refusals (thrown errors) are not kept. `work` receives
 * an operation id that is the same for every attempt: use it as the effect's unique reference, so that a crash before
 * the answer cannot double it.
 *
 * The service's table is `idempotency(scope, key_digest, request_digest, attempt, locked_until, answer, created_at)`;
 * an answer is sealed with a key that only the client's `Idempotency-Key` yields.
 */
export async function idempotent<S extends number, B>(
  query: Query,
  { scope, key, request }: IdempotentRequest,
  newId: () => string,
  work: (operationId: string) => Promise<StoredReply<S, B>>,
): Promise<StoredReply<S, B>> {
  if (key === undefined) return work(newId());
  const keyDigest = sha256(`${scope}\n${key}`);
  const requestDigest = sha256(JSON.stringify(request));
  const attempt = newId();
  const claimed = await query(
    `INSERT INTO idempotency AS i (scope, key_digest, request_digest, attempt, locked_until)
     VALUES ($1, $2::bytea, $3::bytea, $4::uuid, clock_timestamp() + $5::int * interval '1 second')
     ON CONFLICT (scope, key_digest) DO UPDATE SET attempt = excluded.attempt, locked_until = excluded.locked_until
     WHERE i.answer IS NULL AND i.request_digest = excluded.request_digest AND i.locked_until < clock_timestamp()
     RETURNING scope`,
    scope,
    keyDigest,
    requestDigest,
    attempt,
    LEASE_SECONDS,
  );
  if (claimed.length === 0) return replay(query, scope, key, keyDigest, requestDigest);
  try {
    const reply = await work(operationIdOf(keyDigest));
    const answer = seal(key, SEAL_PURPOSE, Buffer.from(JSON.stringify(reply)));
    await query(
      'UPDATE idempotency SET answer = $3::bytea WHERE scope = $1 AND key_digest = $2::bytea',
      scope,
      keyDigest,
      answer,
    );
    return reply;
  } catch (error) {
    const giveBack = () =>
      query(
        'DELETE FROM idempotency WHERE scope = $1 AND key_digest = $2::bytea AND attempt = $3::uuid AND answer IS NULL',
        scope,
        keyDigest,
        attempt,
      );
    await giveBack().catch(() => void repeatUntilDone(giveBack));
    throw error;
  }
}

/** What the database could not do just now, beside the requests: else whoever repeats would be told that the first still runs until its lease ends. */
async function repeatUntilDone(work: () => Promise<unknown>): Promise<void> {
  for (let waitedMs = 0; waitedMs < LEASE_SECONDS * 1_000; waitedMs += GIVE_BACK_PAUSE_MS) {
    await sleep(GIVE_BACK_PAUSE_MS, undefined, { ref: false });
    try {
      await work();
      return;
    } catch {
      // It is still away; the lease ends by itself.
    }
  }
}

/** A UUID (version 8, RFC 9562 §5.8) derived from the key, so each attempt under it names the same operation. */
function operationIdOf(keyDigest: Buffer): string {
  const bytes = Buffer.from(keyDigest.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const first = z.array(z.object({ request_digest: column.bytes, answer: column.bytes.nullable() }));

async function replay<S extends number, B>(
  query: Query,
  scope: string,
  key: string,
  keyDigest: Buffer,
  requestDigest: Buffer,
): Promise<StoredReply<S, B>> {
  const found = await query(
    'SELECT request_digest, answer FROM idempotency WHERE scope = $1 AND key_digest = $2::bytea',
    scope,
    keyDigest,
  );
  const [row] = first.parse(found);
  if (row && !requestDigest.equals(row.request_digest)) {
    throw new AppError('idempotency.conflict', { detail: 'This Idempotency-Key was used with a different request.' });
  }
  if (!row?.answer) {
    throw new AppError('idempotency.in_progress', {
      detail: 'The first request with this Idempotency-Key is still running.',
      headers: { 'Retry-After': '1' },
    });
  }
  const reply = JSON.parse(unseal(key, SEAL_PURPOSE, row.answer).toString()) as StoredReply<S, B>;
  return { ...reply, headers: { ...reply.headers, [HEADER.idempotencyReplayed]: 'true' } };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
