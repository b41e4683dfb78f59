import type { Credential } from '../credentials/credential.ts';
import { askVendor, type VendorAnswer } from '../upstream/ask-vendor.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Vendors } from '../upstream/vendors.ts';
import { object } from '../usage/reported.ts';
import { dialectOf, factsOfBatch } from './batch-facts.ts';
import type { BatchFacts } from './described-batch.ts';

/** Where a vendor has batches, and the query that its API wants. */
export interface BatchPlace {
  readonly basePath: string;
  readonly query: string;
}

/** A batch as its vendor describes it. */
export interface FoundBatch {
  readonly facts: BatchFacts;
  readonly item: object;
}

/** How far two clocks may be apart, in milliseconds. */
const CLOCK_MS = 60_000;
/** Entries of a page of a vendor's list that is looked through. */
const PAGE = 100;
const GOOGLE_FILES = 'files/';

/** Where a file lies beside the batches. Google's ids have the name of the collection in them. */
export function fileOf({ basePath }: Pick<BatchPlace, 'basePath'>, id: string): string {
  return basePath.replace(/batches$/, id.startsWith(GOOGLE_FILES) ? id : `files/${id}`);
}

/** Where the content of a file lies, with the query that it needs. */
export function contentOf(place: BatchPlace, id: string): string {
  return id.startsWith(GOOGLE_FILES)
    ? `${fileOf(place, id)}:download?alt=media`
    : `${fileOf(place, id)}/content${place.query}`;
}

/** A call of our own about a batch. Throws where the vendor does not answer, or fails; 404 is an answer. */
export async function askOfBatch(
  method: string,
  path: string,
  credential: Credential,
  vendors: Vendors,
): Promise<VendorAnswer> {
  const headers = upstreamHeaders(credential.provider, [], credential);
  const answer = await askVendor(vendors.of(credential), { method, path, headers, body: null });
  if (answer.status >= 300 && answer.status !== 404) throw new Error(`the vendor answered ${answer.status}`);
  return answer;
}

/** What the vendor says at a path; `undefined` where it finds nothing there. */
export async function readOfBatch(
  path: string,
  credential: Credential,
  vendors: Vendors,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { status, bytes } = await askOfBatch('GET', path, credential, vendors);
  return status === 404 ? undefined : object(JSON.parse(bytes.toString()));
}

/**
 * Batches at the vendor that were made of the same file, which is its owner's alone; oldest first. By nothing that Anthropic tells is one known for sure, nor by what Google does where the requests are not in a file, and
 * a guess could give somebody another's answers, so there none is.
 */
export async function madeOfFile(
  batch: BatchPlace & { readonly inputFileId: string | null; readonly madeAt: Date },
  credential: Credential,
  vendors: Vendors,
): Promise<FoundBatch[]> {
  const found: FoundBatch[] = [];
  if (batch.inputFileId === null || credential.provider === 'google') return found;
  const sinceMs = batch.madeAt.getTime() - CLOCK_MS;
  const dialect = dialectOf(credential);
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams(batch.query);
    query.set('limit', String(PAGE));
    if (after !== undefined) query.set('after', after);
    const body = (await readOfBatch(`${batch.basePath}?${query.toString()}`, credential, vendors)) ?? {};
    const items = (Array.isArray(body['data']) ? body['data'] : []).map(object);
    for (const item of items) {
      const facts = factsOfBatch(dialect, item);
      if (facts?.inputFile === batch.inputFileId && facts.createdMs >= sinceMs) found.push({ facts, item });
    }
    const last = factsOfBatch(dialect, items.at(-1));
    if (body['has_more'] !== true || last === undefined || last.createdMs < sinceMs) return found.toReversed();
    after = last.id;
  }
}
