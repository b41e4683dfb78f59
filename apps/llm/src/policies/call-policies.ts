import {
  blockingRule,
  formTexts,
  inspectBody,
  jsonTexts,
  judgeFacts,
  UnreadableJson,
  violationsOf,
  type ActiveRules,
  type Finding,
  type PolicySet,
} from '@turnpike/policies';
import { AppError, uuidv7 } from '@turnpike/service-kit';
import type { AnswerReader } from '../calls/answer-reader.ts';
import type { Call, ReadRequest } from '../calls/call.ts';
import { JsonBody } from '../requests/json-body.ts';
import type { NewViolation } from '../violations/stored-violation.ts';
import type { ViolationLog } from '../violations/violation-log.ts';
import { guardedReader } from './guarded-reader.ts';
import type { PolicySets } from './policy-sets.ts';

export interface PolicyTools {
  readonly policySets: PolicySets;
  readonly violations: ViolationLog;
  /** For the log and the metrics. */
  readonly onViolation: (violation: NewViolation) => void;
}

/** How long a refusal waits until its violation is stored, in milliseconds. */
const STORED_MS_MAX = 1_000;

/** The policies of one call: of what it asks, and of what it is answered. */
export class CallPolicies {
  readonly #call: Call;
  readonly #tools: PolicyTools;
  readonly #model: string;
  readonly #set: PolicySet | undefined;
  /** Violations so far. */
  count = 0;
  /** A policy refused the request, or the answer. */
  blocked = false;

  /** `set`: the rules for calls of its organisation. */
  constructor(call: Call, model: string | undefined, set: PolicySet | undefined, tools: PolicyTools) {
    this.#call = call;
    this.#model = model ?? '';
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
    if (redacted === undefined) return read;
    const bytes = Buffer.from(redacted, read.json === undefined ? 'latin1' : 'utf8');
    return { ...read, bytes, json: read.json === undefined ? undefined : new JsonBody(bytes) };
  }

  /** Reads an answer under the rules for answers. */
  guard(reader: AnswerReader, headers: Readonly<Record<string, string | string[] | undefined>>): AnswerReader {
    const rules = this.#rules('response');
    if (rules === undefined) return reader;
    return guardedReader(reader, rules, {
      mediaType: String(headers['content-type'] ?? ''),
      coded: !/^(?:identity)?$/i.test(String(headers['content-encoding'] ?? '')),
      dialect: this.#call.operation.dialect,
      refusalOf: (findings) => this.#tell(findings, 'response'),
    });
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
    return this.#set?.activeFor({ keyId: identity.keyId, provider, model: this.#model }, way);
  }

  async #inspect({ bytes, json }: ReadRequest, rules: ActiveRules) {
    try {
      if (json !== undefined) {
        const body = bytes.toString();
        return await inspectBody(body, jsonTexts(body), rules);
      }
      const body = bytes.toString('latin1');
      const type = this.#call.request.headers['content-type'] ?? '';
      return await inspectBody(body, formTexts(body, type), rules);
    } catch (error) {
      if (error instanceof UnreadableJson)
        throw new AppError('request.malformed', { detail: error.message, cause: error });
      throw error;
    }
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

function factsOf({ estimate, json }: ReadRequest, model: string) {
  const { usage, bounded } = estimate;
  return {
    model,
    inputTokens: usage.input,
    outputTokens: bounded ? usage.output : undefined,
    images: json?.media.length ?? 0,
  };
}
