import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { Call, ReadRequest } from '../calls/call.ts';
import { balanceIn } from '../calls/open-charge.ts';
import { asked } from '../kept/kept-objects.ts';
import type { SpendHold, SpendLimits } from '../limits/spend-limits.ts';
import type { Operation } from '../paths/classify.ts';
import type { Dialect } from '../paths/dialect.ts';
import { inCredits } from '../prices/in-credits.ts';
import type { CheckedBatch, Found } from './check-batch.ts';
import type { FollowTools } from './follow-batches.ts';
import { googleInputOf } from './google-batch.ts';
import { openBatch, refuseBatch, type NewBatch } from './stores/batches.ts';
import { storedTerms, storedTermsOfResponse } from './terms.ts';

export interface OpenHeldTools extends FollowTools {
  readonly spendLimits: SpendLimits;
}

/** Life of the hold until whoever follows batches extends it, in seconds. */
const HOLD_SECONDS = 300;
/** What is held of a key's limit is told by whoever follows the batch, and not asked for at the ledger before that has given up, in seconds. */
const CHECK_SECONDS = 9 * 86_400;

/** What is held for and noted before the vendor is asked. `refused`: there is none, so all is given back. */
export interface OpenHeld {
  readonly id: string;
  readonly refused: () => Promise<void>;
}

/**
 * Holds what a batch, or a response in the background, may cost, and notes it. Throws 402 and 503. `least`: what is enough to begin with, where nobody bounded
 * the answer.
 */
export async function openHeld(
  call: Call,
  read: ReadRequest,
  checked: Pick<CheckedBatch, 'cost' | 'requests' | 'terms'> & { readonly least?: bigint },
  found: Pick<Found, 'count'>,
  tools: OpenHeldTools,
): Promise<OpenHeld> {
  const id = uuidv7();
  const { cost: whole, least = whole } = checked;
  const spend = whole === 0n ? undefined : await tools.spendLimits.take(call.identity, id, { whole, least });
  const release = () => giveBack(call, whole === 0n ? undefined : id, spend, tools);
  try {
    const held = whole === 0n ? 0n : await holdBetween(call, id, spend?.amount ?? whole, least, checked, tools);
    const batch = rowOf(call, read, id, { ...checked, cost: held }, found, spend);
    const opened = await asked(() => openBatch(tools.database, batch, tools.pollSeconds, CHECK_SECONDS));
    if (!opened) throw new AppError('auth.key_invalid', { detail: 'This account is closed.' });
  } catch (error) {
    await release();
    throw error;
  }
  return {
    id,
    refused: async () => {
      if (await refuseBatch(tools.database, id)) await release();
    },
  };
}

/** Holds all of it, or what there is, if that is enough to begin with. Returns what is held. */
async function holdBetween(
  call: Call,
  id: string,
  whole: bigint,
  least: bigint,
  { requests }: Pick<CheckedBatch, 'requests'>,
  tools: OpenHeldTools,
): Promise<bigint> {
  try {
    await hold(call, id, whole, tools);
    return whole;
  } catch (error) {
    const there = balanceIn(error);
    if (there === undefined) throw error;
    if (there < least || there <= 0n) throw tooFew(whole, there, requests, error);
    await hold(call, id, there, tools);
    return there;
  }
}

async function hold({ identity, requestId, traceparent }: Call, id: string, amount: bigint, { holds }: OpenHeldTools) {
  const { organisation, userId } = identity;
  const payer =
    organisation === undefined
      ? ({ type: 'user', id: userId } as const)
      : ({ type: 'organisation', id: organisation.id } as const);
  const what = { amountMicro: amount.toString(), transactionType: 'llm' } as const;
  await holds.ledger.reserve({ payer, what, key: id, ttlSeconds: HOLD_SECONDS }, { requestId, traceparent });
}

function tooFew(whole: bigint, there: bigint, requests: number, cause: unknown): AppError {
  const cost = inCredits(whole);
  const what =
    requests === 1
      ? `This call may cost up to ${cost} credits`
      : `The ${requests} requests of this batch may cost up to ${cost} credits together`;
  return new AppError('auth.insufficient_credits', {
    detail: `Insufficient credits. ${what}; ${inCredits(there)} are left. Ask for shorter answers or for fewer, or add credits.`,
    extra: { cost, balance: inCredits(there) },
    cause,
  });
}

/** Where credits does not answer now, it is told later. */
async function giveBack(
  { identity, requestId, traceparent }: Call,
  holdId: string | undefined,
  spend: SpendHold | undefined,
  { holds }: OpenHeldTools,
): Promise<void> {
  const { userId, organisation } = identity;
  const cause = { requestId, ...(traceparent === undefined ? {} : { traceparent }) };
  await Promise.all([
    spend?.end(0n),
    holdId !== undefined &&
      holds.settlements.resolve({
        id: holdId,
        userId,
        ...(organisation === undefined ? {} : { organisationId: organisation.id }),
        resolution: { action: 'release' },
        cause,
      }),
  ]);
}

function rowOf(
  call: Call,
  read: ReadRequest,
  id: string,
  checked: Pick<CheckedBatch, 'cost' | 'requests' | 'terms'>,
  found: Pick<Found, 'count'>,
  spend: SpendHold | undefined,
): NewBatch {
  const { identity, operation, credential, provider, requestId, query } = call;
  const { cost, requests, terms } = checked;
  return {
    id,
    provider,
    credentialId: credential.id,
    resource: operation.resource,
    basePath: batchesPathOf(operation),
    // Google's paths need none, and its query may be that of one request alone.
    query: provider === 'google' ? '' : query,
    organisationId: identity.organisation?.id,
    environment: identity.organisation?.env,
    userId: identity.userId,
    keyId: identity.keyId,
    requestId,
    inputFileId: read.background ? undefined : inputFileOf(operation.dialect, read),
    requests,
    violations: found.count,
    terms: read.background ? storedTermsOfResponse(terms) : storedTerms(terms),
    held: cost,
    holdId: cost === 0n ? undefined : id,
    spendId: spend === undefined ? undefined : id,
  };
}

/** Where a vendor has its batches; of responses, the path under which they are made. */
export function batchesPathOf({ upstreamPath }: Operation): string {
  return upstreamPath.replace(/models\/[^/]+:(?:batchGenerateContent|asyncBatchEmbedContent)$/, 'batches');
}

/** The file of requests that a batch names; `undefined` where they stand within it. Throws 400. */
export function inputFileOf(dialect: Dialect, { json }: ReadRequest): string | undefined {
  if (dialect === 'anthropic') return undefined;
  if (dialect === 'gemini') {
    const input = googleInputOf(json);
    return 'file' in input ? input.file : undefined;
  }
  const id = json?.get('input_file_id');
  if (typeof id === 'string' && /^\w[\w.-]{0,127}$/.test(id)) return id;
  throw new AppError('request.malformed', { detail: 'The request must name the file of its requests, input_file_id.' });
}
