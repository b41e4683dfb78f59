import type { IncomingMessage, ServerResponse } from 'node:http';
import { llmProviderOf, LLM_PREFIX, LLM_SCOPE, type LlmProvider } from '@turnpike/contracts';
import type { PolicySet } from '@turnpike/policies';
import {
  AppError,
  endRequestSpan,
  openRequestSpan,
  readGatewayIdentity,
  requestIdFrom,
  sentPath,
  withRequestContext,
  type AdmissionKeys,
  type GatewayIdentity,
  type Logger,
} from '@turnpike/service-kit';
import type { BackgroundResponses } from '../batches/background.ts';
import type { Batches } from '../batches/batches.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { TakenTokens, TokenLimits } from '../limits/token-limits.ts';
import { classify } from '../paths/classify.ts';
import { extraOperation, type ExtraPath } from '../paths/extra-paths.ts';
import { requireGoogleQuery } from '../paths/google-query.ts';
import { unoffered } from '../paths/unoffered.ts';
import { CallPolicies, madeBefore, type PolicyTools } from '../policies/call-policies.ts';
import type { Estimate } from '../requests/estimate.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Vendors } from '../upstream/vendors.ts';
import { wholeUsage } from '../usage/usage.ts';
import { requireModel, requireProvider } from './allowed.ts';
import { requireEnabled, type CallOptionsOf } from './call-options.ts';
import type { Call, Charge, Deferred, ReadRequest, RecordSink } from './call.ts';
import { sendError, type Answerable } from './errors.ts';
import { openCharge, type ChargeTools } from './open-charge.ts';
import { readRequest } from './read-request.ts';
import { ClientLeft, receive } from './receive.ts';
import { recordOf, refusedRecordOf, type Recorded } from './record.ts';
import { release } from './settle.ts';
import { UpstreamCall, type UpstreamCallTools } from './upstream-call.ts';
import { endVendorSpan, startVendorSpan } from './vendor-span.ts';

export interface ProxyTools extends ChargeTools, UpstreamCallTools, PolicyTools {
  readonly keys: AdmissionKeys;
  readonly credentials: Credentials;
  readonly callOptions: CallOptionsOf;
  readonly extraPaths: readonly ExtraPath[];
  readonly vendors: Vendors;
  readonly tokenLimits: TokenLimits;
  readonly batches: Batches;
  readonly background: BackgroundResponses;
  readonly record: RecordSink;
  readonly logger: Logger;
  /** Calls under way. */
  readonly live: Set<UpstreamCall>;
}

/**
 * Answers a request to a vendor's API. The order: what costs nothing to refuse comes first, then the body is read, then credits are held, and
 * nothing is sent before they are.
 */
export function createProxy(tools: ProxyTools): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const answerable = { request, response, requestId: requestIdFrom(request.headers['x-request-id']) };
    const { traceparent, span } = openRequestSpan('llm', request, performance.now());
    if (span !== undefined)
      response.on('close', () => {
        const status = response.writableFinished ? response.statusCode : 499;
        endRequestSpan(span, {
          method: request.method,
          route: `${LLM_PREFIX}/*`,
          status,
          requestId: answerable.requestId,
        });
      });
    const context = { requestId: answerable.requestId, traceparent };
    withRequestContext(context, () => proxy(answerable, traceparent, tools)).catch((error: unknown) => {
      if (error instanceof ClientLeft) response.destroy();
      else sendError(answerable, error, tools.logger);
    });
  };
}

async function proxy(answerable: Answerable, traceparent: string | undefined, tools: ProxyTools): Promise<void> {
  const call = await callOf(answerable, traceparent, tools);
  const asked = readRequest(call, await receive(call.request));
  await tools.kept.require(call, asked.references);
  const { batch } = call.operation;
  if (batch !== undefined && (await tools.batches.serve(call, asked, batch))) return;
  const { kept } = call.operation;
  if (kept?.act === 'list' && call.credential.shared) {
    sendJson(call, await tools.kept.list(call, kept.kind));
    return;
  }
  const { organisation } = call.identity;
  const set = await tools.policySets.of(
    organisation && { organisationId: organisation.id, environment: organisation.env },
    call.options['llm.policy_fail'] === 'open',
  );
  // What is read again is under the rules for the model that made it.
  const model = asked.model ?? (set !== undefined && madeBefore(call) ? await tools.kept.modelOf(call) : undefined);
  const policies = new CallPolicies(call, model, set, tools);
  const price = asked.model === undefined ? undefined : tools.prices.find(call.provider, asked.model);
  const recorded = { call, read: asked, price, policies };
  try {
    await tools.background.beforeDeletion(call);
    await admit({ ...recorded, set }, tools);
  } catch (error) {
    tools.record(refusedRecordOf(recorded, error));
    throw error;
  }
}

/** Sends a request on that may be made and paid. */
async function admit(asked: Recorded & { readonly set: PolicySet | undefined }, tools: ProxyTools): Promise<void> {
  const { call, policies } = asked;
  for (const model of [asked.read.model, ...asked.read.others.map((other) => other.model)]) requireModel(call, model);
  const read = await policies.judge(asked.read);
  const vendor = tools.vendors.of(call.credential);
  const waitMs = vendor.breaker.enter();
  if (waitMs > 0) throw shut(waitMs);
  let tokens: TakenTokens | undefined;
  let charge: Charge | undefined;
  let deferred: Deferred | undefined;
  try {
    if (call.operation.treatment === 'metered')
      tokens = await tools.tokenLimits.take(call.identity, estimateWithOthers(read));
    if (read.background) deferred = await tools.background.open(call, read, asked.set, policies);
    else charge = await openCharge(call, read, tools);
    if (call.response.destroyed) throw new ClientLeft();
  } catch (error) {
    vendor.breaker.saidNothing();
    await Promise.all([release(charge, tools), deferred?.ended(true, false), tokens?.end(undefined)]);
    throw error;
  }
  send({ ...asked, read }, { charge, deferred, tokens }, vendor, tools);
}

async function callOf(answerable: Answerable, traceparent: string | undefined, tools: ProxyTools): Promise<Call> {
  const { request } = answerable;
  const path = sentPath(request);
  const provider = llmProviderOf(path);
  if (provider === undefined) throw new AppError('route.not_found', { detail: 'There is nothing here.' });
  const identity = identityOf(request, path, tools.keys);
  requireProvider({ provider, identity });
  const [method, behind] = [request.method ?? '', path.slice(`${LLM_PREFIX}/${provider}/`.length)];
  const operation = classify(provider, method, behind) ?? extraOperation(tools.extraPaths, provider, method, behind);
  if (operation === undefined) throw unoffered(provider, method, behind);
  const options = await tools.callOptions(identity.organisation?.id);
  requireEnabled(provider, options);
  const credential = await tools.credentials.find(provider, operation.resource, identity.organisation?.id);
  if (credential === undefined) throw unconfigured(provider, operation.resource);
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const query = mark === -1 ? '' : url.slice(mark);
  if (provider === 'google') requireGoogleQuery(query);
  return {
    ...answerable,
    traceparent,
    startedMs: performance.now(),
    provider,
    identity,
    operation,
    credential,
    options,
    query,
  };
}

/** The edge has checked the scope; a service does not depend on that. */
function identityOf(request: IncomingMessage, path: string, keys: AdmissionKeys): GatewayIdentity {
  const parts = { headers: request.headers, method: request.method ?? '', path };
  const identity = readGatewayIdentity(parts, keys.serviceKeys, keys, Math.floor(Date.now() / 1_000));
  if (identity.keyId === undefined) throw new AppError('auth.key_invalid', { detail: 'An API key is needed here.' });
  if (!identity.scopes.includes(LLM_SCOPE) && !identity.scopes.includes('*'))
    throw new AppError('auth.scope_missing', { detail: `This API key lacks the scope ${LLM_SCOPE}.` });
  return identity;
}

/** What a call has taken before it is sent. */
interface Taken {
  readonly charge: Charge | undefined;
  readonly deferred: Deferred | undefined;
  readonly tokens: TakenTokens | undefined;
}

function send(
  recorded: Recorded,
  { charge, deferred, tokens }: Taken,
  vendor: ReturnType<Vendors['of']>,
  tools: ProxyTools,
): void {
  const { call, read, policies } = recorded;
  const { operation, credential, provider, request, query } = call;
  const span = startVendorSpan(call, read);
  const handler = new UpstreamCall(call, read, { charge, deferred }, policies, tools, (ended) => {
    tools.live.delete(handler);
    if (span !== undefined) endVendorSpan(span, ended);
    if (ended.verdict === 'succeeded') vendor.breaker.succeeded();
    else if (ended.verdict === 'failed') vendor.breaker.failed();
    else vendor.breaker.saidNothing();
    // All that was taken stays counted where nobody said what was used.
    const { settled } = ended;
    if (settled === undefined || settled.reported !== undefined)
      void tokens?.end(settled?.reported && wholeUsage(settled.reported));
    void tools.background.showed(call, ended.finishReason);
    const refused = !ended.sent || (ended.status !== undefined && ended.status >= 300 && ended.status < 500);
    void deferred?.ended(refused, ended.stream);
    // What is made in the background is recorded when it is charged.
    if (deferred === undefined || ended.status === undefined || ended.status >= 300)
      tools.record(recordOf(recorded, charge, ended));
  });
  tools.live.add(handler);
  vendor.dispatch(
    {
      method: request.method ?? 'GET',
      path: operation.upstreamPath + query,
      headers: upstreamHeaders(provider, request.rawHeaders, credential),
      body: read.bytes.length === 0 ? null : read.bytes,
    },
    handler,
  );
}

/** What all models may use together. */
function estimateWithOthers({ estimate, others }: ReadRequest): Estimate {
  return { ...estimate, usage: wholeUsage({ usage: estimate.usage, others }) };
}

function sendJson({ response, requestId }: Call, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(200, {
    'X-Request-ID': requestId,
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
  });
  response.end(bytes);
}

function unconfigured(provider: LlmProvider, resource: string | undefined): AppError {
  return new AppError('llm.provider_unconfigured', {
    detail:
      resource === undefined
        ? `This gateway has no account at ${provider}.`
        : `This gateway has no account at the Azure resource ${resource}.`,
  });
}

function shut(waitMs: number): AppError {
  return new AppError('upstream.unavailable', {
    detail: 'The provider has failed repeatedly, and is given a pause.',
    headers: { 'Retry-After': String(Math.ceil(waitMs / 1_000)) },
  });
}
