import { setImmediate as breathe } from 'node:timers/promises';
import type { PolicySet } from '@turnpike/policies';
import { AppError } from '@turnpike/service-kit';
import { requireModel } from '../calls/allowed.ts';
import type { Call, ReadRequest, References } from '../calls/call.ts';
import { priceOf, pricesOfOthers, type ChargeTools } from '../calls/open-charge.ts';
import { readRequest } from '../calls/read-request.ts';
import { mayBlock } from '../detectors/detectors.ts';
import { classify, type Operation } from '../paths/classify.ts';
import { CallPolicies, type PolicyTools } from '../policies/call-policies.ts';
import { tariffFor } from '../prices/cost.ts';
import type { ModelPrice } from '../prices/price-list.ts';
import { elementsOf } from '../requests/json-array.ts';
import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { BATCH_TIER, costOfRequest, type Terms } from './terms.ts';

/** Requests of one batch; more the vendor does not take. */
const REQUESTS_MAX = { openai: 50_000, anthropic: 100_000, gemini: 50_000 };
/** What OpenAI's batches may ask for here: what is charged by the usage in its answer. */
const ENDPOINTS = ['chat/completions', 'completions', 'responses', 'embeddings'];
/** Requests that are read before others have their turn. */
const AT_ONCE = 64;
const NEWLINE = 0x0a;

/** What a batch asks for, all of it allowed. */
export interface CheckedBatch {
  readonly requests: number;
  /** What the requests name that the vendor keeps. */
  readonly references: References;
  readonly terms: Terms;
  /** What it may cost at most, in micro-credits. */
  readonly cost: bigint;
}

export interface CheckTools extends ChargeTools, PolicyTools {}

/** What policies have found so far. */
export interface Found {
  count: number;
  blocked: boolean;
}

/**
 * Reads the requests of a batch as if each were a call of its own: model, policies, price, and what it may cost. Throws what such a call is refused
 * with, naming the request. `found`: is told what policies find.
 */
export async function checkBatch(
  call: Call,
  requests: Iterable<BatchRequest>,
  set: PolicySet | undefined,
  found: Found,
  tools: CheckTools,
): Promise<CheckedBatch> {
  const tariff = tariffFor(call.credential, tools.tariffs);
  const [prices, others] = [new Map<string, ModelPrice>(), new Map<string, ModelPrice>()];
  const [objects, items] = [new Set<string>(), new Set<string>()];
  const ids = new Set<string>();
  let cost = 0n;
  // Counted first, so that no time goes into a batch that is refused for its size.
  for (const request of counted(requests, call)) {
    if (ids.size % AT_ONCE === AT_ONCE - 1) await breathe();
    try {
      const { customId, operation, body } =
        call.provider === 'google' ? readGoogles(request, call) : readOne(request, call);
      if (ids.has(customId)) throw malformed(`The custom_id ${JSON.stringify(customId)} stands there twice.`);
      ids.add(customId);
      const asCall = { ...call, operation };
      const read = readRequest(asCall, body);
      if (read.background) throw malformed('A batch has no answers in the background.');
      for (const model of [read.model, ...read.others.map((other) => other.model)]) requireModel(call, model);
      await judge(asCall, read, set, found, tools);
      for (const id of read.references.objects) objects.add(id);
      for (const id of read.references.items) items.add(id);
      // Of what costs nothing nobody needs a price.
      if (tariff.percent === 0n || read.model === undefined) continue;
      const price = prices.get(read.model) ?? priceOf(call, read, tools);
      prices.set(read.model, price);
      for (const [model, other] of pricesOfOthers(asCall, read, tools)) others.set(model, other);
      cost += costOfRequest(
        { ...read, usage: read.estimate.usage, tier: BATCH_TIER },
        read.model,
        { prices, others, tariff },
        call.provider,
        BATCH_TIER,
      );
    } catch (error) {
      throw ofRequest(error, request.number);
    }
  }
  if (ids.size === 0) throw malformed('The batch has no requests.');
  return {
    requests: ids.size,
    references: { objects: [...objects], items: [...items] },
    terms: { prices, others, tariff },
    cost,
  };
}

/** One request as it stands in a batch. `number`: from 1. */
export interface BatchRequest {
  readonly number: number;
  readonly bytes: Buffer;
}

/** All requests of a batch. Throws where they are more than its vendor takes. */
function counted(requests: Iterable<BatchRequest>, { operation }: Call): BatchRequest[] {
  const { dialect } = operation;
  const max = REQUESTS_MAX[dialect === 'anthropic' || dialect === 'gemini' ? dialect : 'openai'];
  const all: BatchRequest[] = [];
  for (const request of requests) {
    if (all.length >= max) throw malformed(`A batch may have at most ${max} requests.`);
    all.push(request);
  }
  return all;
}

/** The lines of a file that are not empty. */
export function* linesOf(file: Buffer): Generator<BatchRequest> {
  let number = 0;
  for (let start = 0; start < file.length;) {
    const newline = file.indexOf(NEWLINE, start);
    const end = newline === -1 ? file.length : newline;
    const bytes = file.subarray(start, end);
    number += 1;
    if (bytes.some((byte) => byte > 0x20)) yield { number, bytes };
    start = end + 1;
  }
}

/** The requests of an array. */
export function* requestsIn(array: Buffer): Generator<BatchRequest> {
  let number = 0;
  for (const bytes of elementsOf(array)) {
    number += 1;
    yield { number, bytes };
  }
}

interface One {
  readonly customId: string;
  readonly operation: Operation;
  readonly body: Buffer;
}

/** OpenAI: `{"custom_id","method","url","body"}`; Anthropic: `{"custom_id","params"}`. */
function readOne({ bytes }: BatchRequest, call: Call): One {
  const json = new JsonBody(bytes);
  const anthropic = call.operation.dialect === 'anthropic';
  const customId = json.get('custom_id');
  if (typeof customId !== 'string' || customId === '') throw malformed('It has no custom_id.');
  const body = json.raw(anthropic ? 'params' : 'body');
  if (body === undefined) throw malformed(`It has no ${anthropic ? 'params' : 'body'}.`);
  const operation = anthropic ? classify('anthropic', 'POST', 'v1/messages') : operationOf(json, call);
  if (operation === undefined) throw malformed('It asks for something that is not offered in batches.');
  return { customId, operation, body };
}

/** Google: `{"request","metadata"}` within a batch, and `{"key","request"}` in a file; answers come in the order of the requests, which need no names. */
function readGoogles({ bytes, number }: BatchRequest, { operation: { model, batch } }: Call): One {
  const body = new JsonBody(bytes).raw('request');
  if (body === undefined) throw malformed('It has no request.');
  const name = model.from === 'path' ? model.name : '';
  const kind = batch?.requests ?? 'generateContent';
  const operation = classify('google', 'POST', `v1beta/models/${name}:${kind}`);
  if (kind === 'embedContent') requireTexts(new JsonBody(body));
  if (operation === undefined) throw malformed('It asks for something that is not offered in batches.');
  return { customId: String(number), operation, body };
}

const MEDIA = ['inlineData', 'inline_data', 'fileData', 'file_data'];

/** Of embeddings a batch tells tokens alone, and not of what: those of media, which cost more, could not be told from texts. */
function requireTexts(body: JsonBody): void {
  const names = body.inner.get('content');
  if (MEDIA.some((name) => names?.has(name)))
    throw malformed('A batch of embeddings may have texts only. Ask for those of media one by one.');
}

function operationOf(json: JsonBody, { provider, operation }: Call): Operation | undefined {
  const [method, url] = [json.get('method'), json.get('url')];
  if (method !== 'POST' || typeof url !== 'string') return undefined;
  const endpoint = url.replace(/^\/(?:v1\/)?/, '');
  if (!ENDPOINTS.includes(endpoint)) return undefined;
  if (provider !== 'azure') return classify(provider, 'POST', `v1/${endpoint}`);
  // By the body, as Azure reads it: of files, a deployment is named in each request.
  const { resource = '', deployment = '' } = operation;
  return classify(provider, 'POST', `${resource}/${deployment}/openai/v1/${endpoint}`);
}

/** Policies of one request. What may not be sent as it is cannot be: nobody rewrites a file. */
async function judge(
  call: Call,
  read: ReadRequest,
  set: PolicySet | undefined,
  found: Found,
  tools: PolicyTools,
): Promise<void> {
  if (set === undefined) return;
  const { model = '' } = read;
  requireUnseen(call, model, set, 'in a batch');
  const policies = new CallPolicies(call, model, set, tools);
  try {
    const judged = await policies.judge(read);
    if (judged.bytes.equals(read.bytes)) return;
    found.blocked = true;
    throw new AppError('llm.policy_blocked', {
      detail: 'A policy redacts what stands in it. A batch is sent as it is, or not at all.',
    });
  } finally {
    found.count += policies.count;
    found.blocked ||= policies.blocked;
  }
}

/** Throws where a policy looks at answers before they are shown, which it cannot where nobody stands between. `where`: that place. */
export function requireUnseen(
  { identity, provider }: Call,
  model: string,
  set: PolicySet | undefined,
  where: string,
): void {
  const ofAnswers = set?.activeFor({ keyId: identity.keyId, provider, model }, 'response');
  if (ofAnswers === undefined || !(ofAnswers.enforced || ofAnswers.external.some(mayBlock))) return;
  throw new AppError('llm.policy_blocked', {
    detail: `A policy looks at every answer before it is shown, which it cannot ${where}.`,
  });
}

/** A refusal that says which request it is about. */
function ofRequest(error: unknown, number: number): unknown {
  if (error instanceof UnreadableBody) return malformed(`Request ${number}: ${error.message}`);
  if (!(error instanceof AppError) || error.status >= 500) return error;
  const { code, detail, extra, headers } = error;
  return new AppError(code, {
    detail: `Request ${number}: ${detail}`,
    headers,
    cause: error,
    ...(extra === undefined ? {} : { extra }),
  });
}

function malformed(detail: string): AppError {
  return new AppError('request.malformed', { detail });
}
