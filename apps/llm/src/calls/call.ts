import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LlmProvider } from '@turnpike/contracts';
import type { Hold } from '@turnpike/ledger-client';
import type { GatewayIdentity } from '@turnpike/service-kit';
import type { Credential } from '../credentials/credential.ts';
import type { SpendHold } from '../limits/spend-limits.ts';
import type { Operation } from '../paths/classify.ts';
import type { ModelPrice } from '../prices/price-list.ts';
import type { Estimate } from '../requests/estimate.ts';
import type { JsonBody } from '../requests/json-body.ts';
import type { OtherModel } from '../requests/other-models.ts';
import type { Usage, UsageSource } from '../usage/usage.ts';
import type { CallOptions } from './call-options.ts';

/** A request of a client to a vendor, as it came through the edge. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly startedMs: number;
  readonly provider: LlmProvider;
  readonly identity: GatewayIdentity;
  readonly operation: Operation;
  readonly credential: Credential;
  readonly options: CallOptions;
  /** With its question mark; empty where there is none. */
  readonly query: string;
}

/** Ids of what a request names that the vendor keeps. */
export interface References {
  /** Files, responses and conversations. */
  readonly objects: readonly string[];
  /** Items of responses and conversations. */
  readonly items: readonly string[];
}

/** What of a request decides what it may do and costs. */
export interface ReadRequest {
  /** As they are sent on. */
  readonly bytes: Buffer;
  readonly json: JsonBody | undefined;
  /** As it was asked for; `undefined` where the path needs none. */
  readonly model: string | undefined;
  /** Models that it names beside. */
  readonly others: readonly OtherModel[];
  /** Where the vendor is to work. */
  readonly geo: string | undefined;
  /** The tier that was asked for. */
  readonly tier: string | undefined;
  readonly estimate: Estimate;
  readonly references: References;
  /** The gateway asked for the usage at the end of the stream, and the client did not. */
  readonly hidesUsage: boolean;
  /** The vendor is to answer at once, and to go on without anybody who waits. */
  readonly background: boolean;
}

/** A response that is made in the background: held for already, and charged by whoever follows it. */
export interface Deferred {
  /** The vendor has told what it makes, so that nothing is lost where the connection breaks. */
  readonly known: boolean;
  /** Notes what the vendor has made. Never rejects: what is not noted is a loss of the operator's. */
  made(response: object): Promise<void>;
  /**
   * The request has ended. `none`: there is no response, since the vendor refused it or was not asked; `soon`: it may have ended as well. Never rejects.
   */
  ended(none: boolean, soon: boolean): Promise<void>;
}

/** What a call is charged by; none where it costs nothing. */
export interface Charge {
  readonly hold: Hold;
  readonly price: ModelPrice;
  /** The price of another model that had a share in the answer. */
  readonly priceOf: (model: string | undefined) => ModelPrice;
  /** What it holds of the limit of its key, where that has one. */
  readonly spend: SpendHold | undefined;
}

/** What is known of a call when it has ended: the columns that a record of it has beside those of every request. */
export interface CallRecord {
  readonly requestId: string;
  readonly userId: string;
  readonly organisationId: string | undefined;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  readonly provider: LlmProvider;
  readonly credentialId: string;
  readonly endpoint: string;
  /** The priced model; `undefined` where it has no price, and where the path names none. */
  readonly model: string | undefined;
  readonly responseModel: string | undefined;
  readonly serviceTier: string | undefined;
  readonly stream: boolean;
  /** It reached the vendor; otherwise the gateway refused it. */
  readonly sent: boolean;
  /** 499 where the client left before the answer. */
  readonly status: number;
  readonly usage: Usage | undefined;
  readonly usageSource: UsageSource;
  /** Of a refusal by the gateway. */
  readonly errorCode: string | undefined;
  /** Micro-credits. */
  readonly costMicro: bigint;
  readonly priceId: string | undefined;
  /** What was held for it, in micro-credits, and what came of that. */
  readonly held: { readonly id: string; readonly micro: bigint; readonly state: 'settled' | 'released' } | undefined;
  /** Milliseconds until the answer began, and until it ended. */
  readonly latencyMs: number | undefined;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Milliseconds until the first text of a stream. */
  readonly ttftMs: number | undefined;
  /** Why the model stopped, in the vendor's word. */
  readonly finishReason: string | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly clientDisconnected: boolean;
  /** What policies found in the request and in the answer: one for each rule and direction. */
  readonly violations: number;
  /** A policy refused the request, or the answer. */
  readonly blocked: boolean;
}

/** Receives the record of each call that was made, or refused once its model was known. */
export type RecordSink = (record: CallRecord) => void;
