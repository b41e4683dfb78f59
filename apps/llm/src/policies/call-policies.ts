import type { Direction } from '@turnpike/contracts';
import {
  blockingRule,
  formTexts,
  inspectBody,
  jsonTexts,
  judgeFacts,
  UnreadableJson,
  violationsOf,
  type ActiveRules,
  type ExternalRule,
  type Finding,
  type PolicySet,
  type TextPlace,
} from '@turnpike/policies';
import { AppError, unavailable, uuidv7 } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import type { Call, ReadRequest } from '../calls/call.ts';
import { answerTexts } from '../detectors/answer-texts.ts';
import { detectedReader } from '../detectors/detected-reader.ts';
import type { AskedText } from '../detectors/detector-client.ts';
import { mayBlock, type Detectors, type Verdicts } from '../detectors/detectors.ts';
import type { KeptKind } from '../paths/kept-paths.ts';
import { JsonBody } from '../requests/json-body.ts';
import { inputTokens } from '../usage/usage.ts';
import type { NewViolation } from '../violations/stored-violation.ts';
import type { ViolationLog } from '../violations/violation-log.ts';
import { guardedReader, unfollowed } from './guarded-reader.ts';
import type { PolicySets } from './policy-sets.ts';

export interface PolicyTools {
  readonly policySets: PolicySets;
  readonly detectors: Detectors;
  readonly violations: ViolationLog;
  /** For the log and the metrics. */
  readonly onViolation: (violation: NewViolation) => void;
}

/** Kinds of what models answered. */
const READ_AGAIN: ReadonlySet<KeptKind> = new Set(['response', 'completion', 'interaction']);
/** How long a refusal waits until its violation is stored, in milliseconds. */
const STORED_MS_MAX = 1_000;

/** The policies of one call: of what it asks, and of what it is answered. */
export class CallPolicies {
  readonly #call: Call;
  readonly #tools: PolicyTools;
  readonly #model: string;
  /** It was made by some model that nobody here knows. */
  readonly #modelUnknown: boolean;
  readonly #set: PolicySet | undefined;
  /** Violations so far. */
  count = 0;
  /** A policy refused the request, or the answer. */
  blocked = false;

  /** `model`: what the answer is made by, or was. `set`: the rules for calls of its organisation. */
  constructor(call: Call, model: string | undefined, set: PolicySet | undefined, tools: PolicyTools) {
    this.#call = call;
    this.#model = model ?? '';
    this.#modelUnknown = model === undefined && madeBefore(call);
    this.#set = set;
    this.#tools = tools;
  }

  /** The request as it may be sent. Throws `llm.policy_blocked`, and 400 for a body whose texts cannot be found. */
  async judge(read: ReadRequest): Promise<ReadRequest> {
    const rules = this.#rules('request');
    if (rules === undefined || read.bytes.length === 0) return read;
    const findings = judgeFacts(rules, factsOf(read, this.#model));
    const { findings: inTexts, redacted } = await this.#inspect(read, rules);
    await this.#refuse([...findings, ...inTexts], 'request');
    const judged = redacted === undefined ? read : withBody(read, redacted);
    if (rules.external.length > 0) await this.#askOfRequest(judged, rules.external);
    return judged;
  }

  /** Reads an answer under the rules for answers. */
  guard(reader: AnswerReader, headers: Readonly<Record<string, string | string[] | undefined>>): AnswerReader {
    const rules = this.#rules('response');
    if (rules === undefined) return reader;
    const mediaType = String(headers['content-type'] ?? '');
    const guarded = guardedReader(reader, rules, {
      mediaType,
      coded: !/^(?:identity)?$/i.test(String(headers['content-encoding'] ?? '')),
      dialect: this.#call.operation.dialect,
      refusalOf: (findings) => this.#tell(findings, 'response'),
    });
    if (rules.external.length === 0) return guarded;
    return detectedReader(guarded, {
      holds: rules.external.some(mayBlock),
      judge: (answer) => this.#askOfAnswer(answer, mediaType, rules.external),
    });
  }

  /** Throws like `judge`, and 503 where a detector did not answer whose rule wants that. */
  async #askOfRequest(read: ReadRequest, rules: readonly ExternalRule[]): Promise<void> {
    const texts = this.#textsOf(read);
    const { findings, unanswered } = await this.#ask(rules, 'request', texts);
    await this.#refuse(findings, 'request');
    if (unanswered !== undefined) throw unavailable(`The detector of the policy ${JSON.stringify(unanswered.name)}`);
  }

  /** What an answer is refused with. One that cannot be read is so where a rule wants that. */
  async #askOfAnswer(
    answer: Buffer | undefined,
    mediaType: string,
    rules: readonly ExternalRule[],
  ): Promise<AppError | undefined> {
    const texts = answer === undefined ? undefined : answerTexts(answer, mediaType, this.#call.operation.dialect);
    if (texts === undefined) {
      const refuses = rules.some((rule) => mayBlock(rule) && rule.config.on_error === 'block');
      return refuses ? unfollowed() : undefined;
    }
    const { findings, unanswered } = await this.#ask(rules, 'response', texts);
    return this.#tell(findings, 'response') ?? (unanswered === undefined ? undefined : unfollowed());
  }

  async #ask(rules: readonly ExternalRule[], direction: Direction, texts: readonly AskedText[]): Promise<Verdicts> {
    if (texts.length === 0) return { findings: [], unanswered: undefined };
    const { provider, requestId } = this.#call;
    const question = { direction, provider, model: this.#model, requestId, texts };
    this.#tools.detectors.askLater(rules, question, this.#facts());
    return this.#tools.detectors.ask(rules, question);
  }

  #facts(): NewViolation['call'] {
    const { identity, requestId, provider } = this.#call;
    const { organisation, userId, keyId } = identity;
    return {
      organisationId: organisation?.id,
      environment: organisation?.env,
      userId,
      keyId,
      requestId,
      provider,
      model: this.#model,
    };
  }

  #rules(way: 'request' | 'response'): ActiveRules | undefined {
    const { identity, provider } = this.#call;
    const model = way === 'response' && this.#modelUnknown ? undefined : this.#model;
    return this.#set?.activeFor({ keyId: identity.keyId, provider, model }, way);
  }

  async #inspect(read: ReadRequest, rules: ActiveRules) {
    const body = read.bytes.toString(encodingOf(read));
    try {
      return await inspectBody(body, this.#placesIn(body, read), rules);
    } catch (error) {
      if (error instanceof UnreadableJson)
        throw new AppError('request.malformed', { detail: error.message, cause: error });
      throw error;
    }
  }

  #placesIn(body: string, { json }: ReadRequest): Iterable<TextPlace> {
    return json === undefined ? formTexts(body, this.#call.request.headers['content-type'] ?? '') : jsonTexts(body);
  }

  #textsOf(read: ReadRequest): AskedText[] {
    const encoding = encodingOf(read);
    const places = Array.from(this.#placesIn(read.bytes.toString(encoding), read));
    return places.map(({ location, text }) => ({ location, text: Buffer.from(text, encoding).toString() }));
  }

  /** A refusal names its violation, so whoever reads it can look it up. */
  async #refuse(findings: readonly Finding[], way: 'request' | 'response'): Promise<void> {
    const refusal = this.#tell(findings, way);
    if (refusal === undefined) return;
    await this.#tools.violations.stored(STORED_MS_MAX);
    throw refusal;
  }

  /** Tells of what was found. What the call is refused with; `undefined` where it is not. */
  #tell(findings: readonly Finding[], way: 'request' | 'response'): AppError | undefined {
    const call = this.#facts();
    const createdAt = new Date();
    const violations = violationsOf(findings, way).map((violation): NewViolation => ({
      ...violation,
      id: uuidv7(),
      call,
      phase: 'sync',
      createdAt,
    }));
    this.count += violations.length;
    this.#tools.violations.add(violations);
    for (const violation of violations) this.#tools.onViolation(violation);
    const blocking = blockingRule(findings);
    if (blocking === undefined) return undefined;
    this.blocked = true;
    const { id } = violations.find(({ policyId }) => policyId === blocking.id) ?? {};
    return new AppError('llm.policy_blocked', {
      detail: `The ${way} was blocked by the policy ${JSON.stringify(blocking.name)}.`,
      extra: { violation_id: id },
    });
  }
}

/** Whether a call reads what a model answered before, which rules for answers hold for as well. */
export function madeBefore({ operation: { kept } }: Call): boolean {
  return kept?.act === 'use' && READ_AGAIN.has(kept.kind);
}

/** Forms hold bytes that are no text. */
function encodingOf({ json }: ReadRequest): 'utf8' | 'latin1' {
  return json === undefined ? 'latin1' : 'utf8';
}

function withBody(read: ReadRequest, body: string): ReadRequest {
  const bytes = Buffer.from(body, encodingOf(read));
  return { ...read, bytes, json: read.json === undefined ? undefined : new JsonBody(bytes) };
}

function factsOf({ estimate, json, others }: ReadRequest, model: string) {
  const { usage, bounded } = estimate;
  return {
    model,
    others: others.map((other) => other.model),
    inputTokens: inputTokens(usage),
    outputTokens: bounded ? usage.output : undefined,
    images: json === undefined ? 0 : json.media.length + json.links,
  };
}
