import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Direction, PolicyRule } from '@turnpike/contracts';
import { masked, type ExternalRule, type Finding } from '@turnpike/policies';
import { publicConnector, type Logger } from '@turnpike/service-kit';

/** A text that a detector is asked about. */
export interface AskedText {
  /** JSON pointer into the body, or the name of a text of a stream. */
  readonly location: string;
  readonly text: string;
}

/** What a detector is told of a call: no more than it needs. */
export interface Question {
  readonly direction: Direction;
  readonly provider: string;
  readonly model: string;
  readonly requestId: string;
  readonly texts: readonly AskedText[];
}

export interface DetectorOptions {
  /** Detectors of organisations may have private addresses, for local stacks and tests. */
  readonly allowPrivate: boolean;
  readonly logger: Logger;
  /** Told of each question, by what became of it. */
  readonly onAsked: (outcome: 'clean' | 'found' | 'failed') => void;
}

/** A detector did not answer in time, or not as it should. */
export class DetectorFailed extends Error {
  override readonly name = 'DetectorFailed';
}

/** Longest texts of a question together, in characters, and longest answer, in bytes. */
const QUESTION_CHARS_MAX = 262_144;
const ANSWER_BYTES_MAX = 65_536;
const CONNECTIONS_MAX = 32;
const CONNECT_TIMEOUT_MS = 2_000;
const MATCHES_MAX = 20;
const ENTITY_CHARS_MAX = 64;

const answer = z.object({
  matches: z
    .array(
      z.object({
        text: z.int().nonnegative().default(0),
        start: z.int().nonnegative().default(0),
        end: z.int().nonnegative().default(0),
        entity: z.string().min(1).max(ENTITY_CHARS_MAX).default('external'),
        confidence: z.number().min(0).max(1).default(1),
      }),
    )
    .max(1_000),
});

/** Asks detectors of others over HTTP. The operator's may be anywhere; those of organisations at public addresses only. */
export class DetectorClient {
  readonly #options: DetectorOptions;
  readonly #anywhere = new Agent({ connections: CONNECTIONS_MAX, connect: { timeout: CONNECT_TIMEOUT_MS } });
  readonly #public: Agent;

  constructor(options: DetectorOptions) {
    this.#options = options;
    this.#public = new Agent({ connections: CONNECTIONS_MAX, connect: publicConnector(CONNECT_TIMEOUT_MS) });
  }

  /** What a detector finds; `undefined` where that is nothing. Throws `DetectorFailed`. */
  async ask(rule: ExternalRule, question: Question): Promise<Finding | undefined> {
    const { logger, onAsked } = this.#options;
    try {
      const matches = await this.#matches(rule, question);
      onAsked(matches.length === 0 ? 'clean' : 'found');
      return matches.length === 0 ? undefined : findingOf(rule, question.texts, matches);
    } catch (cause) {
      onAsked('failed');
      logger.warn({ err: cause, requestId: question.requestId, policyId: rule.id }, 'a detector did not answer');
      throw new DetectorFailed('a detector did not answer as it should', { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#anywhere.destroy(), this.#public.destroy()]);
  }

  async #matches({ id, config }: ExternalRule, question: Question) {
    const { direction, provider, model, requestId, texts } = question;
    const chars = texts.reduce((sum, { text }) => sum + text.length, 0);
    if (chars > QUESTION_CHARS_MAX) throw new Error('the texts are too long to ask about');
    const trusted = this.#options.allowPrivate || isOperators(id);
    const { statusCode, body } = await request(config.url, {
      dispatcher: trusted ? this.#anywhere : this.#public,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ policy_id: id, request_id: requestId, direction, provider, model, texts }),
      signal: AbortSignal.timeout(config.timeout_ms),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
      chunks.push(chunk);
    }
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    return answer.parse(JSON.parse(Buffer.concat(chunks).toString())).matches;
  }
}

/** Ids of the operator's policies are no UUIDs. */
function isOperators(id: string): boolean {
  return id.startsWith('operator-');
}

function findingOf(rule: PolicyRule, texts: readonly AskedText[], found: z.output<typeof answer>['matches']): Finding {
  const matches = found.slice(0, MATCHES_MAX).map(({ text: index, start, end, entity, confidence }) => {
    const text = texts[index]?.text.slice(start, end) ?? '';
    return { entity, start, end, masked: masked(text), confidence };
  });
  return { rule, location: texts[found[0]?.text ?? 0]?.location ?? '', count: found.length, matches };
}
