import type { LlmProvider } from '@turnpike/contracts';
import { AppError, backOffMs } from '@turnpike/service-kit';
import type { Credential } from '../credentials/credential.ts';
import { isOwnCredential, type Credentials } from '../credentials/credentials.ts';
import { endSpend } from '../limits/stores/spend-store.ts';
import { usageOf } from '../usage/usage.ts';
import type { AccountTools, BatchAccounts } from './account-batch.ts';
import { madeOfFile, readOfBatch } from './ask-batch.ts';
import {
  batchAtVendor,
  dueBatches,
  endBatch,
  foundBatch,
  holdAnew,
  lookAgain,
  missBatch,
  refuseBatch,
  type Batch,
} from './stores/batches.ts';

export interface FollowTools extends AccountTools {
  readonly credentials: Credentials;
  readonly accounts: BatchAccounts;
  /** How soon a young batch is looked at again, in seconds. */
  readonly pollSeconds: number;
  /** How long a vendor may take to answer, in milliseconds. */
  readonly vendorTimeoutMs: number;
  /** Told of each look that failed. */
  readonly onLookFailed: (provider: string) => void;
  /** Told of a batch that goes on without a hold, as there are too few credits for another. */
  readonly onUnheld: (provider: string) => void;
}

/** Batches that one round takes, and how many of them at once. */
const ROUND_MAX = 16;
/** Longest time between two looks, in seconds: far shorter than a hold lives. */
const LOOK_SECONDS_MAX = 600;
/** Of the age of a batch, after which it is looked at again. */
const LOOK_SHARE = 0.05;
/** Of the shortest time between looks, after which another process takes a batch over whose look has not ended. */
const LEASE_LOOKS = 10;
const HOLD_SECONDS = 3_600;
/** The ledger lets no hold live longer than a day; another takes its place before, in milliseconds. */
const HOLD_MS_MAX = 20 * 3_600_000;
/** A batch that the vendor does not find for so long is gone, in milliseconds. */
const MISSING_MS_MAX = 3_600_000;
/** After so long nobody looks any more, in milliseconds: vendors end every batch within a day or two. */
const GIVE_UP_MS = 8 * 86_400_000;

/** The job that looks at batches which are due. Several processes share them. */
export function createBatchesRound(tools: FollowTools): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    for (let taken = ROUND_MAX; taken === ROUND_MAX && !signal.aborted;) {
      const due = await dueBatches(tools.database, LEASE_LOOKS * tools.pollSeconds, ROUND_MAX);
      taken = due.length;
      await untilStopped(Promise.all(due.map((batch) => lookAt(batch, signal, tools))), signal);
    }
  };
}

/** A look may wait for its vendor for minutes, which nothing that stops does: another process takes it over. */
async function untilStopped(looks: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop);
  });
  await Promise.race([stopped, looks]).finally(() => signal.removeEventListener('abort', stop));
}

/** One look at a batch. Never rejects: what fails is tried again, ever more rarely. */
async function lookAt(batch: Batch, signal: AbortSignal, tools: FollowTools): Promise<void> {
  const { database, logger, pollSeconds } = tools;
  const ageMs = Date.now() - batch.createdAt.getTime();
  try {
    await look(batch, ageMs, tools);
    const seconds = Math.min(LOOK_SECONDS_MAX, Math.max(pollSeconds, (ageMs / 1_000) * LOOK_SHARE));
    await lookAgain(database, batch.id, seconds, 0);
  } catch (err) {
    if (signal.aborted) return;
    const { id: batchId, provider, state, requestId, failures } = batch;
    logger.warn(
      { err, batchId, provider, state, requestId, failures },
      'a batch could not be looked at; it will be tried again',
    );
    tools.onLookFailed(provider);
    const seconds = backOffMs(failures + 1, pollSeconds * 1_000, LOOK_SECONDS_MAX * 1_000) / 1_000;
    // With the database down as well, the lease ends by itself.
    await lookAgain(database, batch.id, seconds, failures + 1).catch(() => {});
  }
}

async function look(batch: Batch, ageMs: number, tools: FollowTools): Promise<void> {
  const { accounts } = tools;
  const credential = await credentialOf(batch, tools);
  if (batch.state === 'ended') {
    await accounts.finish(batch, credential);
    return;
  }
  if (ageMs > GIVE_UP_MS) return giveUp(batch, 'unreachable', tools);
  // Work that is done is charged for all the same, so this is no reason not to look.
  await keepHeld(batch, tools).catch((err: unknown) => {
    tools.logger.warn({ err, batchId: batch.id }, 'the hold of a batch was not extended');
  });
  if (credential === undefined) throw new Error(`there is no credential ${batch.credentialId} any more`);
  if (batch.state === 'creating') return lookFor(batch, ageMs, credential, tools);
  const path = `${batch.basePath}/${batch.vendorId ?? ''}${batch.query}`;
  const body = await readOfBatch(path, credential, tools.vendors);
  if (body !== undefined) {
    await accounts.saw(batch, body, credential);
    return;
  }
  if (batch.missingSince !== null && Date.now() - batch.missingSince.getTime() > MISSING_MS_MAX)
    return giveUp(batch, 'gone', tools);
  await missBatch(tools.database, batch.id);
  throw new Error('the vendor does not find the batch');
}

/** The account that the batch was made under, and no other: what another one says of the id means nothing. */
async function credentialOf(batch: Batch, { credentials }: FollowTools): Promise<Credential | undefined> {
  const { provider, resource, organisationId, credentialId } = batch;
  const found = await credentials.find(provider as LlmProvider, resource ?? undefined, organisationId ?? undefined);
  if (found?.id === credentialId) return found;
  // An organisation that has an account of its own now made this under the one that is shared.
  const shared = await credentials.find(provider as LlmProvider, resource ?? undefined, undefined);
  return shared?.id === credentialId ? shared : undefined;
}

/** Extends the hold of a batch; one that is gone, or about to reach the age that the ledger allows, is followed by another. */
async function keepHeld(batch: Batch, tools: FollowTools): Promise<void> {
  const { id, holdId, held, holdNumber, holdMadeAt, userId, organisationId, requestId, provider } = batch;
  if (holdId === null) return;
  const { ledger, settlements } = tools.holds;
  const cause = { requestId };
  const young = Date.now() - holdMadeAt.getTime() < HOLD_MS_MAX;
  if (young && (await refusalOf(ledger.extend(holdId, HOLD_SECONDS, cause))) === undefined) return;
  const payer =
    organisationId === null
      ? ({ type: 'user', id: userId ?? '' } as const)
      : ({ type: 'organisation', id: organisationId } as const);
  const key = `llm:batch:${id}:${holdNumber + 1}`;
  const what = { amountMicro: held.toString(), transactionType: 'llm' } as const;
  let anew: { readonly id: string } | undefined;
  const refusal = await refusalOf(
    ledger.reserve({ payer, what, key, ttlSeconds: HOLD_SECONDS }, cause).then((reserved) => (anew = reserved)),
  );
  if (anew === undefined) {
    tools.logger.warn({ err: refusal, batchId: id, requestId }, 'a batch goes on without a hold, and may become debt');
    tools.onUnheld(provider);
    return;
  }
  const taken = await holdAnew(tools.database, batch, anew.id);
  await settlements.resolve({
    id: taken ? holdId : anew.id,
    userId: userId ?? '',
    ...(organisationId === null ? {} : { organisationId }),
    resolution: { action: 'release' },
    cause,
  });
  if (taken) batch.holdId = anew.id;
}

/** What the ledger refused with; throws while it does not answer. */
async function refusalOf(asked: Promise<unknown>): Promise<AppError | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return error;
    throw error;
  }
}

/** Looks at the vendor for a batch whose id nobody was told. One that is not there when the question can no longer be under way was never made. */
async function lookFor(batch: Batch, ageMs: number, credential: Credential, tools: FollowTools): Promise<void> {
  const { database, logger, accounts } = tools;
  const { id: batchId, requestId, holdId, spendId, userId, organisationId } = batch;
  const { basePath, query, inputFileId, createdAt: madeAt } = batch;
  for (const { facts, item } of await madeOfFile({ basePath, query, inputFileId, madeAt }, credential, tools.vendors)) {
    if ((await batchAtVendor(database, batch.credentialId, facts.id)) !== null) continue;
    if (!(await foundBatch(database, batchId, facts.id, item))) return;
    logger.warn({ batchId, requestId, vendorId: facts.id }, 'a batch was found whose answer was lost');
    await accounts.saw(await accounts.again(batch), item, credential);
    return;
  }
  if (ageMs < 2 * tools.vendorTimeoutMs) return;
  if (!(await refuseBatch(database, batchId))) return;
  logger.warn(
    { batchId, requestId, provider: batch.provider },
    'a batch whose answer was lost is not known at the vendor',
  );
  if (spendId !== null) await endSpend(database, spendId, 0n, true);
  if (holdId !== null)
    await tools.holds.settlements.resolve({
      id: holdId,
      userId: userId ?? '',
      ...(organisationId === null ? {} : { organisationId }),
      resolution: { action: 'release' },
      cause: { requestId },
    });
  tools.onDone(batch.provider, 'lost');
}

/**
 * Nobody will tell what a batch used. Under the operator's account that is the operator's affair, and costs nothing; an organisation whose own account cannot
 * be asked pays what was held.
 */
async function giveUp(batch: Batch, outcome: 'gone' | 'unreachable', tools: FollowTools): Promise<void> {
  const { id: batchId, provider, credentialId, vendorId, requestId, held, state } = batch;
  const cost = isOwnCredential(credentialId) ? held : 0n;
  tools.logger.error(
    { batchId, provider, credentialId, vendorId, requestId, state, outcome, chargedMicro: String(cost) },
    'a batch is given up: what it used will not be known',
  );
  await endBatch(tools.database, batchId, { outcome, usage: usageOf({}), usageSource: 'none', cost }, undefined);
  await tools.accounts.finish(await tools.accounts.again(batch), undefined);
}
