import type { LlmProvider } from '@turnpike/contracts';
import type { HoldTools } from '@turnpike/ledger-client';
import type { Logger } from '@turnpike/service-kit';
import type { Credential } from '../credentials/credential.ts';
import type { Database } from '../database.ts';
import { countOwned, keepObject, type KeptScope } from '../kept/stores/kept-objects.ts';
import { endSpend } from '../limits/stores/spend-store.ts';
import { askVendor, NoAnswer, readLines } from '../upstream/ask-vendor.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Vendors } from '../upstream/vendors.ts';
import { addUsage, isPossible, usageOf, wholeUsage, type UsageSource } from '../usage/usage.ts';
import { contentOf, fileOf } from './ask-batch.ts';
import { dialectOf, factsOf, isResponse, keptOf, resultIn } from './batch-facts.ts';
import type { BatchRecords } from './batch-records.ts';
import type { BatchFacts, RequestResult } from './described-batch.ts';
import { googleResults } from './google-batch.ts';
import { batchById, describeBatch, endBatch, settleBatch, type Batch, type BatchUse } from './stores/batches.ts';
import { BATCH_TIER, costOfRequest, termsIn, type Terms } from './terms.ts';

export interface AccountTools {
  readonly database: Database;
  readonly holds: HoldTools;
  readonly vendors: Vendors;
  readonly records: BatchRecords;
  readonly logger: Logger;
  /** Told once of every batch that is done with. */
  readonly onDone: (provider: string, outcome: string) => void;
}

/**
 * Accounts for batches: when the vendor says that one has ended, what its requests used is read and written down; then the ledger, the limit of its key and
 * usage are told. Each step may be repeated, by any process: what is written down first stays, and what is told has a name.
 */
export class BatchAccounts {
  readonly #tools: AccountTools;

  constructor(tools: AccountTools) {
    this.#tools = tools;
  }

  /** Takes in what the vendor says of a batch, and returns it as it is then. Throws what cannot be read or told now; it is to be tried again. */
  async saw(batch: Batch, object: object, credential: Credential): Promise<Batch> {
    const { database } = this.#tools;
    const facts = factsOf(batch, object);
    if (facts === undefined || batch.state === 'settled' || batch.state === 'refused') return batch;
    if (facts.end === undefined) {
      await describeBatch(database, batch.id, keptOf(batch, object));
      return batch;
    }
    if (batch.state !== 'ended') {
      const use = await this.#useOf(batch, object, facts, facts.end, credential);
      await endBatch(database, batch.id, use, keptOf(batch, object));
    }
    return this.finish(await this.again(batch), credential);
  }

  /** Tells of a batch what it used, where that is known, and makes its files its owner's. `credential`: none where it is there no more. */
  async finish(batch: Batch, credential: Credential | undefined): Promise<Batch> {
    if (batch.state !== 'ended') return batch;
    const { database, records, onDone } = this.#tools;
    // What it cost is told whatever becomes of its files, and its files are its owner's whatever becomes of that.
    const kept = credential?.shared === true ? this.#keepFiles(batch, credential) : undefined;
    const told = await Promise.allSettled([kept, this.#tell(batch)]);
    for (const each of told) if (each.status === 'rejected') throw each.reason;
    if (await settleBatch(database, batch.id)) {
      records.count(batch);
      onDone(batch.provider, batch.outcome ?? '');
    }
    return this.again(batch);
  }

  /** What is written of it now. */
  async again(batch: Batch): Promise<Batch> {
    return (await batchById(this.#tools.database, batch.id)) ?? batch;
  }

  /** Whether its owner can read what it made. */
  async shown(batch: Batch, { files }: BatchFacts, scope: KeptScope): Promise<boolean> {
    if (batch.state === 'settled') return true;
    return batch.state === 'ended' && (await countOwned(this.#tools.database, scope, files)) === files.length;
  }

  async #tell(batch: Batch): Promise<void> {
    const { database, records } = this.#tools;
    await this.#tellLedger(batch);
    if (batch.spendId !== null) await endSpend(database, batch.spendId, batch.cost ?? 0n, true);
    await records.add(batch);
  }

  async #tellLedger({ id, holdId, held, cost, userId, organisationId, requestId }: Batch): Promise<void> {
    if (holdId === null && (cost ?? 0n) === 0n) return;
    await this.#tools.holds.settlements.tell({
      id: holdId ?? id,
      userId: userId ?? '',
      ...(organisationId === null ? {} : { organisationId }),
      resolution:
        cost === null || (cost === 0n && held > 0n)
          ? { action: 'release' }
          : { action: 'settle', amount: cost.toString() },
      cause: { requestId },
    });
  }

  /** What the requests of a batch used: by their results, by the batch's own sum where there are none to be read, and all that was held where neither says. */
  async #useOf(
    batch: Batch,
    described: object,
    facts: BatchFacts,
    outcome: string,
    credential: Credential,
  ): Promise<BatchUse> {
    const terms = termsIn(batch.terms);
    const within = batch.provider === 'google' ? googleResults({ ...described }) : undefined;
    const tally = new Tally(batch, terms);
    for (const result of within ?? []) tally.add(result);
    const results = within === undefined ? await this.#resultsOf(batch, facts, tally, credential) : tally;
    if (results !== undefined) {
      // Of an answer that does not say what it used, its share of what was held.
      const silent = (batch.held * BigInt(results.silent)) / BigInt(batch.requests);
      const usageSource: UsageSource = results.silent === 0 ? 'provider' : 'provider_partial';
      return { outcome, usage: results.usage, usageSource, cost: results.cost + silent };
    }
    if (facts.reported !== undefined && isPossible(facts.reported)) {
      const { tier } = facts.reported;
      const served = isResponse(batch) ? (tier ?? terms.tier) : BATCH_TIER;
      const cost = costOfRequest(facts.reported, facts.model, terms, batch.provider as LlmProvider, served);
      return { outcome, usage: wholeUsage(facts.reported), usageSource: 'provider', cost };
    }
    const cost = facts.answered === 0 ? 0n : batch.held;
    return { outcome, usage: usageOf({}), usageSource: facts.answered === 0 ? 'provider' : 'none', cost };
  }

  /** `undefined` where the vendor has no results. Throws where they cannot be read now. */
  async #resultsOf(batch: Batch, facts: BatchFacts, tally: Tally, credential: Credential): Promise<Tally | undefined> {
    const path = pathOfResults(batch, facts);
    if (path === undefined) return undefined;
    const status = await readLines(this.#tools.vendors.of(credential), this.#get(batch, path, credential), (line) =>
      tally.add(resultIn(dialectOf(batch), line)),
    );
    if (status === 404 || status === 410) return undefined;
    if (status >= 300) throw new NoAnswer(`the results of a batch were answered with ${status}`, true);
    return tally;
  }

  /** Notes the files of a batch as its owner's, as if they had made them. */
  async #keepFiles(batch: Batch, credential: Credential): Promise<void> {
    const { database, vendors } = this.#tools;
    const { files = [] } = factsOf(batch, batch.object) ?? {};
    for (const id of files) {
      const path = fileOf(batch, id) + batch.query;
      const { status, bytes } = await askVendor(vendors.of(credential), this.#get(batch, path, credential));
      if (status === 404) continue;
      if (status >= 300) throw new NoAnswer(`a file of a batch was answered with ${status}`, true);
      await keepObject(database, {
        credentialId: batch.credentialId,
        id,
        kind: 'file',
        organisationId: batch.organisationId ?? undefined,
        environment: batch.environment ?? undefined,
        userId: batch.userId ?? undefined,
        keyId: batch.keyId ?? undefined,
        object: JSON.parse(bytes.toString()) as unknown,
      });
    }
  }

  #get({ provider }: Batch, path: string, credential: Credential) {
    const headers = upstreamHeaders(provider as LlmProvider, [], credential);
    return { method: 'GET', path, headers, body: null };
  }
}

/** What the requests of a batch used together. */
class Tally {
  readonly #batch: Pick<Batch, 'provider'>;
  readonly #terms: Terms;
  usage = usageOf({});
  cost = 0n;
  /** Answers that do not say what they used. */
  silent = 0;

  constructor(batch: Pick<Batch, 'provider'>, terms: Terms) {
    this.#batch = batch;
    this.#terms = terms;
  }

  add({ answered, reported, model }: RequestResult): void {
    if (!answered) return;
    if (reported === undefined || !isPossible(reported)) {
      this.silent += 1;
      return;
    }
    this.usage = addUsage(this.usage, wholeUsage(reported));
    this.cost += costOfRequest(reported, model, this.#terms, this.#batch.provider as LlmProvider, BATCH_TIER);
  }
}

function pathOfResults(batch: Batch, { id, outputFile }: BatchFacts): string | undefined {
  if (batch.provider === 'anthropic') return `${batch.basePath}/${id}/results${batch.query}`;
  return outputFile === undefined ? undefined : contentOf(batch, outputFile);
}
