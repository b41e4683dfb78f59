import { askOfBatch, fileOf, madeOfFile, readOfBatch } from '../batches/ask-batch.ts';
import { factsOf, isResponse } from '../batches/batch-facts.ts';
import type { Credential } from '../credentials/credential.ts';
import { object } from '../usage/reported.ts';
import { credentialOf, type DeletionTools } from './delete-at-vendor.ts';
import type { ForgottenBatch } from './stores/forgotten-batches.ts';

export interface EndingTools extends DeletionTools {
  /** How long a vendor may take to answer, in milliseconds. */
  readonly vendorTimeoutMs: number;
}

/** What became of a batch at its vendor; `waits`: it is not there yet, or is being cancelled. */
export type Ending = 'deleted' | 'gone' | 'waits';

/** As vendors name a batch that is being cancelled. */
const CANCELLING = new Set<unknown>(['cancelling', 'canceling', 'BATCH_STATE_CANCELLING']);

/**
 * Cancels a batch at its vendor, and deletes what is left of it once it has ended: the files that it made, or the batch with its results. Throws where
 * something may still be there, also while there is no credential for it.
 */
export async function endAtVendor(batch: ForgottenBatch, tools: EndingTools): Promise<Ending> {
  const credential = await credentialOf(batch.credentialId, tools.credentials);
  if (batch.vendorId !== null) return endOne(batch, batch.vendorId, credential, tools);
  const found = await madeOfFile(batch, credential, tools.vendors);
  if (found.length === 0) return Date.now() - batch.madeAt.getTime() < 2 * tools.vendorTimeoutMs ? 'waits' : 'gone';
  const endings = [];
  for (const { facts } of found) endings.push(await endOne(batch, facts.id, credential, tools));
  return endings.includes('waits') ? 'waits' : 'deleted';
}

async function endOne(
  batch: ForgottenBatch,
  vendorId: string,
  credential: Credential,
  { vendors }: EndingTools,
): Promise<Ending> {
  const path = `${batch.basePath}/${vendorId}`;
  const described = await readOfBatch(path + batch.query, credential, vendors);
  if (described === undefined) return 'gone';
  const { provider } = credential;
  const facts = factsOf({ provider, basePath: batch.basePath }, described);
  if (facts === undefined) throw new Error('the vendor describes no batch');
  if (facts.end === undefined) {
    const { state } = object(described['metadata']);
    if (![described['status'], described['processing_status'], state].some((each) => CANCELLING.has(each)))
      await askOfBatch('POST', `${path}${provider === 'google' ? ':' : '/'}cancel${batch.query}`, credential, vendors);
    return 'waits';
  }
  const files = facts.files.map((id) => fileOf(batch, id));
  // OpenAI keeps the description of a batch, which nobody can delete.
  const itself = provider === 'anthropic' || provider === 'google' || isResponse(batch);
  const paths = itself ? [...files, path] : files;
  for (const each of paths) await askOfBatch('DELETE', each + batch.query, credential, vendors);
  return 'deleted';
}
