import type { PolicySet } from '@turnpike/policies';
import { AppError, unavailable, within } from '@turnpike/service-kit';
import type { Call, Deferred, ReadRequest } from '../calls/call.ts';
import { failureOf } from '../calls/errors.ts';
import { priceOf, pricesOfOthers, type ChargeTools } from '../calls/open-charge.ts';
import { nameForgotten } from '../forgotten/stores/forgotten-batches.ts';
import { asked } from '../kept/kept-objects.ts';
import { ownerOf } from '../kept/owner.ts';
import { tariffFor } from '../prices/cost.ts';
import { NoAnswer } from '../upstream/ask-vendor.ts';
import { usageOf } from '../usage/usage.ts';
import { readOfBatch } from './ask-batch.ts';
import { factsOf, keptOf } from './batch-facts.ts';
import { requireUnseen } from './check-batch.ts';
import { openHeld, type OpenHeldTools } from './open-held.ts';
import { countUnderWay, foundBatch, lookAgain, responseUnderWay, type Batch } from './stores/batches.ts';
import { costOfRequest } from './terms.ts';

export interface BackgroundTools extends ChargeTools, OpenHeldTools {}

/** Responses in the background that one owner may have under way. */
const UNDER_WAY_MAX = 100;
/** How long an answer waits until it is noted whose the response is and what it is charged by, in milliseconds. */
const NOTED_MS_MAX = 5_000;

/**
 * Responses that a vendor makes in the background: held for when they are asked for, followed as batches are, and charged by the usage that they tell
 * in the end, whoever asks for them (ADR 36).
 */
export class BackgroundResponses {
  readonly #tools: BackgroundTools;

  constructor(tools: BackgroundTools) {
    this.#tools = tools;
  }

  /**
   * Holds what a response may cost, and notes it, before the vendor is asked; `undefined` where nothing is charged for it. `set`, `found`: policies of the
   * call, and how many violations there are. Throws what a call is refused with, and 400 where a policy is to look at answers before they are shown.
   */
  async open(call: Call, read: ReadRequest, set: PolicySet | undefined, found: { readonly count: number }) {
    const { credential, identity, provider } = call;
    const { database } = this.#tools;
    const { model = '' } = read;
    requireUnseen(call, model, set, 'in the background');
    const tariff = tariffFor(credential, this.#tools.tariffs);
    if (tariff.percent === 0n) return undefined;
    const scope = { credentialId: credential.id, owner: ownerOf(identity) };
    const underWay = await asked(() => countUnderWay(database, scope, 'response', UNDER_WAY_MAX));
    if (underWay >= UNDER_WAY_MAX)
      throw new AppError('request.malformed', {
        detail: `At most ${UNDER_WAY_MAX} responses can be under way in the background.`,
      });
    const price = priceOf(call, read, this.#tools);
    const { usage, bounded } = read.estimate;
    const others = pricesOfOthers(call, read, this.#tools);
    const terms = { prices: new Map([[model, price]]), others, tariff, tier: read.tier };
    const costAt = (of: typeof usage) => costOfRequest({ ...read, usage: of }, model, terms, provider, read.tier);
    const cost = costAt(usage);
    const least = bounded ? cost : costAt(usageOf({ ...usage, output: 1 }));
    const opened = await openHeld(call, read, { cost, least, requests: 1, terms }, found, this.#tools);
    return this.#deferred(call, opened);
  }

  /** Whether a call has shown that a response has ended: then it is accounted for soon. Never rejects. */
  async showed({ credential, operation }: Call, status: string | undefined): Promise<void> {
    const id = operation.kept?.kind === 'response' ? operation.kept.id : undefined;
    if (id === undefined || status === undefined || status === 'queued' || status === 'in_progress') return;
    const { database, logger } = this.#tools;
    try {
      const response = await responseUnderWay(database, credential.id, id);
      if (response !== null) await lookAgain(database, response.id, 0, response.failures);
    } catch (err) {
      logger.warn({ err, responseId: id }, 'a response that has ended is accounted for later');
    }
  }

  /** What is deleted can be read no more, so what it used is read before. Throws 400 for a response that is still being made. */
  async beforeDeletion(call: Call): Promise<void> {
    const { credential, operation } = call;
    const { kept } = operation;
    if (kept?.kind !== 'response' || kept.act !== 'remove' || kept.id === undefined) return;
    const { database, accounts, logger } = this.#tools;
    const response = await asked(() => responseUnderWay(database, credential.id, kept.id ?? ''));
    if (response === null) return;
    const described = await this.#read(response, call);
    // One that the vendor does not know is given up by whoever follows it.
    if (described === undefined) return;
    if (factsOf(response, described)?.end === undefined)
      throw new AppError('request.malformed', {
        detail: 'A response in the background can be deleted once it has ended. Cancel it before.',
      });
    try {
      if ((await accounts.saw(response, described, credential)).state !== 'open') return;
    } catch (err) {
      logger.warn({ err, requestId: call.requestId, responseId: kept.id }, 'a response could not be accounted for');
      // What it used is written down, which is all that its deletion waits for.
      if ((await accounts.again(response)).state !== 'open') return;
    }
    throw unavailable('The LLM gateway');
  }

  async #read({ basePath, vendorId, query }: Batch, { credential }: Call) {
    try {
      return await readOfBatch(`${basePath}/${vendorId ?? ''}${query}`, credential, this.#tools.vendors);
    } catch (error) {
      // To look twice does no harm.
      if (error instanceof NoAnswer) throw failureOf(error, false);
      throw error instanceof AppError ? error : failureOf(error as Error, false);
    }
  }

  #deferred(
    { operation, provider, requestId }: Call,
    opened: { readonly id: string; refused(): Promise<void> },
  ): Deferred {
    const { database, logger, pollSeconds } = this.#tools;
    const followed = { provider, basePath: operation.upstreamPath };
    const fails = (err: unknown): void =>
      logger.error({ err, requestId, batchId: opened.id }, 'a response in the background could not be noted');
    let known = false;
    return {
      get known() {
        return known;
      },
      async made(response) {
        const facts = factsOf(followed, response);
        if (facts === undefined || known) return;
        known = true;
        const note = async (): Promise<void> => {
          if (await foundBatch(database, opened.id, facts.id, keptOf(followed, response))) return;
          // Its maker was erased meanwhile: it is cancelled under this id.
          await nameForgotten(database, opened.id, facts.id);
        };
        await within(note().catch(fails), NOTED_MS_MAX);
      },
      async ended(none, soon) {
        if (none && !known) await opened.refused().catch(fails);
        else await lookAgain(database, opened.id, soon ? 0 : pollSeconds, 0).catch(fails);
      },
    };
  }
}
