import type { Call, CallRecord, Charge, ReadRequest } from './call.ts';
import type { Ended } from './upstream-call.ts';

/** What status a client that left is counted under. */
const CLIENT_LEFT = 499;
/** Answered with no status of the vendor's. */
const NO_ANSWER = 502;

/** The record of a call that has ended. It has no text of request or answer. */
export function recordOf(call: Call, read: ReadRequest, charge: Charge | undefined, ended: Ended): CallRecord {
  const { settled } = ended;
  return {
    requestId: call.requestId,
    provider: call.provider,
    credentialId: call.credential.id,
    endpoint: call.operation.endpoint,
    model: read.model,
    responseModel: ended.model,
    serviceTier: settled?.reported?.tier,
    stream: ended.stream,
    status: ended.status ?? (ended.clientLeft ? CLIENT_LEFT : NO_ANSWER),
    usage: settled?.reported?.usage,
    usageSource: settled?.source ?? 'none',
    costMicro: settled?.costMicro ?? 0n,
    priceId: charge?.price.id,
    reservationId: charge?.hold.id,
    latencyMs: ended.latencyMs,
    durationMs: performance.now() - call.startedMs,
    requestBytes: read.bytes.length,
    responseBytes: ended.responseBytes,
    upstreamRequestId: ended.upstreamRequestId,
    clientDisconnected: ended.clientLeft,
    violations: ended.violations,
  };
}
