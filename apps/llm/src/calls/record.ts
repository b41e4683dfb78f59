import { AppError } from '@turnpike/service-kit';
import type { CallPolicies } from '../policies/call-policies.ts';
import type { ModelPrice } from '../prices/price-list.ts';
import { wholeUsage } from '../usage/usage.ts';
import type { Call, CallRecord, Charge, ReadRequest } from './call.ts';
import type { Ended } from './ended.ts';
import { ClientLeft } from './receive.ts';

/** What status a client that left is counted under. */
const CLIENT_LEFT = 499;
/** Answered with no status of the vendor's. */
const NO_ANSWER = 502;
const BROKEN = 500;

/** What the records of a call have in common, however it ends. */
export interface Recorded {
  readonly call: Call;
  readonly read: ReadRequest;
  readonly price: ModelPrice | undefined;
  readonly policies: CallPolicies;
}

/** The same, where all that policies say is what they found. */
interface Asked extends Omit<Recorded, 'policies'> {
  readonly policies: Pick<CallPolicies, 'count' | 'blocked'>;
}

/** The record of a call that has ended. It has no text of request or answer. */
export function recordOf(of: Recorded, charge: Charge | undefined, ended: Ended): CallRecord {
  const { settled } = ended;
  return {
    ...common(of),
    responseModel: ended.model,
    serviceTier: settled?.reported?.tier,
    stream: ended.stream,
    sent: true,
    status: ended.status ?? (ended.clientLeft ? CLIENT_LEFT : NO_ANSWER),
    usage: settled?.reported && wholeUsage(settled.reported),
    usageSource: settled?.source ?? 'none',
    errorCode: of.policies.blocked ? 'llm.policy_blocked' : undefined,
    costMicro: settled?.costMicro ?? 0n,
    held:
      charge === undefined
        ? undefined
        : {
            id: charge.hold.id,
            micro: charge.hold.amount,
            state: charge.hold.charged === undefined ? 'released' : 'settled',
          },
    latencyMs: ended.latencyMs,
    ttftMs: ended.ttftMs,
    finishReason: ended.finishReason,
    responseBytes: ended.responseBytes,
    upstreamRequestId: ended.upstreamRequestId,
    clientDisconnected: ended.clientLeft,
  };
}

/** The record of a call that was refused before anything was sent. */
export function refusedRecordOf(of: Asked, error: unknown): CallRecord {
  const refusal = error instanceof AppError ? error : undefined;
  const clientLeft = error instanceof ClientLeft;
  return {
    ...common(of),
    responseModel: undefined,
    serviceTier: undefined,
    stream: false,
    sent: false,
    status: refusal?.status ?? (clientLeft ? CLIENT_LEFT : BROKEN),
    usage: undefined,
    usageSource: 'none',
    errorCode: refusal?.code,
    costMicro: 0n,
    held: undefined,
    latencyMs: undefined,
    ttftMs: undefined,
    finishReason: undefined,
    responseBytes: 0,
    upstreamRequestId: undefined,
    clientDisconnected: clientLeft,
  };
}

function common({ call, read, price, policies }: Asked) {
  const durationMs = performance.now() - call.startedMs;
  return {
    requestId: call.requestId,
    userId: call.identity.userId,
    organisationId: call.identity.organisation?.id,
    startedMs: Math.round(Date.now() - durationMs),
    provider: call.provider,
    credentialId: call.credential.id,
    endpoint: call.operation.endpoint,
    model: price?.model,
    priceId: price?.id,
    durationMs,
    requestBytes: read.bytes.length,
    violations: policies.count,
    blocked: policies.blocked,
  };
}
