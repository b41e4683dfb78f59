import { AppError } from '@turnpike/service-kit';
import type { Call, ReadRequest } from '../calls/call.ts';
import { failureOf } from '../calls/errors.ts';
import { nameForgotten } from '../forgotten/stores/forgotten-batches.ts';
import { asked, type KeptObjects } from '../kept/kept-objects.ts';
import { ownerOf } from '../kept/owner.ts';
import { askVendor, NoAnswer, TooLarge, type VendorAnswer } from '../upstream/ask-vendor.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { object } from '../usage/reported.ts';
import { contentOf } from './ask-batch.ts';
import { factsOfBatch, keptOf } from './batch-facts.ts';
import { checkBatch, linesOf, requestsIn, type CheckedBatch, type CheckTools, type Found } from './check-batch.ts';
import type { FollowTools } from './follow-batches.ts';
import { googleInputOf } from './google-batch.ts';
import { batchesPathOf, inputFileOf, openHeld } from './open-held.ts';
import { countUnderWay, foundBatch } from './stores/batches.ts';

export interface MakeTools extends CheckTools, FollowTools {
  readonly kept: KeptObjects;
}

/** Batches of one owner that may be under way. */
const UNDER_WAY_MAX = 100;
/** Largest file of requests, in bytes: no larger one can be uploaded here. */
const FILE_BYTES_MAX = 33_554_432;
/**
 * Makes a batch at the vendor: each request is checked as a call of its own, what all may cost is held, and the batch is noted, before the vendor is asked.
 * Returns the vendor's answer, also where that refuses. Throws the refusals of `checkBatch`, 402 and 503. Goes on where the client leaves.
 */
export async function makeBatch(call: Call, read: ReadRequest, found: Found, tools: MakeTools): Promise<VendorAnswer> {
  const { identity, credential } = call;
  const scope = { credentialId: credential.id, owner: ownerOf(identity) };
  const underWay = await asked(() => countUnderWay(tools.database, scope, 'batch', UNDER_WAY_MAX));
  if (underWay >= UNDER_WAY_MAX)
    throw new AppError('request.malformed', { detail: `At most ${UNDER_WAY_MAX} batches can be under way.` });
  const checked = await check(call, read, found, tools);
  // An account of its own that nothing is taken for is none of our business further.
  if (!credential.shared && checked.terms.tariff.percent === 0n) return sent(call, read, tools);
  return makeHeld(call, read, checked, found, tools);
}

async function check(call: Call, read: ReadRequest, found: Found, tools: MakeTools): Promise<CheckedBatch> {
  const { organisation } = call.identity;
  const set = await tools.policySets.of(
    organisation && { organisationId: organisation.id, environment: organisation.env },
    call.options['llm.policy_fail'] === 'open',
  );
  const { inputFile, array } = inputOf(call, read);
  // Whose the file is comes first: nothing of another's is read.
  if (inputFile !== undefined) await tools.kept.require(call, { objects: [inputFile], items: [] });
  const requests =
    inputFile === undefined ? requestsIn(array ?? Buffer.alloc(0)) : linesOf(await readFile(call, inputFile, tools));
  const checked = await checkBatch(call, requests, set, found, tools);
  await tools.kept.require(call, checked.references);
  return checked;
}

interface Input {
  readonly inputFile?: string | undefined;
  readonly array?: Buffer | undefined;
}

/** Where the requests of a batch are. Throws 400. */
function inputOf({ operation }: Call, read: ReadRequest): Input {
  if (operation.dialect === 'anthropic') return { array: read.json?.raw('requests') };
  const inputFile = inputFileOf(operation.dialect, read);
  if (inputFile !== undefined) return { inputFile };
  const input = googleInputOf(read.json);
  return 'requests' in input ? { array: input.requests } : {};
}

/** The requests as they were uploaded. */
async function readFile(call: Call, id: string, tools: MakeTools): Promise<Buffer> {
  const { operation, credential, provider, query } = call;
  const path = contentOf({ basePath: batchesPathOf(operation), query }, id);
  const headers = upstreamHeaders(provider, [], credential);
  const answer = await askVendor(
    tools.vendors.of(credential),
    { method: 'GET', path, headers, body: null },
    FILE_BYTES_MAX,
  ).catch((error: unknown) => {
    if (error instanceof NoAnswer && error.cause instanceof TooLarge)
      throw new AppError('request.malformed', {
        detail: `The file of a batch may have at most ${FILE_BYTES_MAX} bytes.`,
        cause: error,
      });
    throw error instanceof NoAnswer ? failureOf(error, false) : error;
  });
  if (answer.status === 404)
    throw new AppError('resource.not_found', { detail: 'The file that the request names was not found.' });
  if (answer.status >= 300)
    throw new AppError('upstream.bad_gateway', {
      detail: 'The file of the batch could not be read at the provider.',
      headers: { 'x-should-retry': 'true' },
    });
  return answer.bytes;
}

async function makeHeld(
  call: Call,
  read: ReadRequest,
  checked: CheckedBatch,
  found: Found,
  tools: MakeTools,
): Promise<VendorAnswer> {
  const { id, refused } = await openHeld(call, read, checked, found, tools);
  let answer: VendorAnswer;
  try {
    answer = await sent(call, read, tools);
  } catch (error) {
    // What may have been made is looked for by whoever follows batches.
    if (wasNotSent(error)) await refused();
    throw error;
  }
  if (answer.status >= 300) {
    if (answer.status < 500) await refused();
    return answer;
  }
  await note(call, id, answer, tools);
  return answer;
}

function wasNotSent(error: unknown): boolean {
  return (
    error instanceof AppError && (error.code === 'upstream.unavailable' || error.headers['x-should-retry'] === 'true')
  );
}

/** What the vendor has made is known by its id. Where that cannot be written down now, it is found again by whoever follows batches. */
async function note(
  { operation, provider, requestId }: Call,
  id: string,
  { bytes }: VendorAnswer,
  tools: MakeTools,
): Promise<void> {
  try {
    const made = object(JSON.parse(bytes.toString()));
    const facts = factsOfBatch(operation.dialect, made);
    const kept = keptOf({ provider, basePath: operation.upstreamPath }, made);
    if (facts !== undefined && (await foundBatch(tools.database, id, facts.id, kept))) return;
    // Its maker was erased meanwhile: it is cancelled under this id.
    if (facts !== undefined && (await nameForgotten(tools.database, id, facts.id))) return;
    throw new Error('the answer names no batch that is new');
  } catch (err) {
    tools.logger.error({ err, requestId, batchId: id }, 'a batch that was made could not be noted; it is looked for');
  }
}

async function sent(call: Call, read: ReadRequest, { vendors }: MakeTools): Promise<VendorAnswer> {
  const { operation, credential, provider, query, request } = call;
  const headers = upstreamHeaders(provider, request.rawHeaders, credential);
  const path = operation.upstreamPath + query;
  try {
    return await askVendor(vendors.of(credential), { method: 'POST', path, headers, body: read.bytes });
  } catch (error) {
    throw error instanceof NoAnswer ? failureOf(error.cause instanceof Error ? error.cause : error, error.sent) : error;
  }
}
