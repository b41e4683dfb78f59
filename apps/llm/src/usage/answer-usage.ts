import type { Dialect } from '../paths/dialect.ts';
import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { finishReasonIn, reasonOf } from './finish-reason.ts';
import { anthropicUsage, geminiUsage, interactionUsage, object, openaiUsage } from './reported.ts';
import { usageOf, type Reported } from './usage.ts';

/** What a whole JSON answer says of its use, and the model that gave it. */
export interface AnswerFacts {
  readonly reported: Reported | undefined;
  readonly model: string | undefined;
  /** Why the model stopped. */
  readonly finishReason: string | undefined;
}

interface Members {
  get(member: string): unknown;
}

const UNKNOWN: AnswerFacts = { reported: undefined, model: undefined, finishReason: undefined };

/** Reads a JSON answer of a vendor's; an answer that is none says nothing. Only what is needed of a large one is parsed. */
export function factsOf(dialect: Dialect, answer: Buffer): AnswerFacts {
  try {
    const facts = factsFrom(dialect, new JsonBody(answer));
    return { ...facts, finishReason: facts.finishReason ?? finishReasonIn(dialect, answer) };
  } catch (error) {
    if (error instanceof UnreadableBody) return UNKNOWN;
    throw error;
  }
}

/** Members of a JSON answer that `factsFrom` reads. */
export const FACTS = [
  'usage',
  'model',
  'service_tier',
  'usageMetadata',
  'modelVersion',
  'status',
  'predictions',
  'incomplete_details',
  'output',
  'tool_usage',
  'svg_usage',
] as const;

/** The same of an answer of which some members are known. */
export function factsFrom(dialect: Dialect, answer: Members): AnswerFacts {
  if (dialect === 'google.predict') return { ...UNKNOWN, reported: predictionsIn(answer) };
  const usage = answer.get(dialect === 'gemini' ? 'usageMetadata' : 'usage');
  const model = answer.get(dialect === 'gemini' ? 'modelVersion' : 'model');
  return {
    reported: typeof usage === 'object' && usage !== null ? reportedBy(dialect, object(usage), answer) : undefined,
    model: typeof model === 'string' ? model : undefined,
    finishReason:
      dialect === 'openai.responses' || dialect === 'google.interactions'
        ? reasonOf(answer.get('status'), answer.get('incomplete_details'))
        : undefined,
  };
}

/** Images that were made: those that were withheld have no bytes, and cost nothing. */
function predictionsIn(answer: Members): Reported | undefined {
  const predictions = answer.get('predictions') ?? [];
  if (!Array.isArray(predictions)) return undefined;
  const images = predictions.filter((each: unknown) => 'bytesBase64Encoded' in Object(each)).length;
  return { usage: usageOf({ images }), tier: undefined };
}

function reportedBy(dialect: Dialect, usage: Readonly<Record<string, unknown>>, body: Members): Reported {
  if (dialect === 'anthropic') return anthropicUsage(usage);
  if (dialect === 'google.interactions') return interactionUsage(usage, body.get('service_tier'));
  if (dialect === 'gemini') return geminiUsage(usage);
  const told = ['service_tier', 'tool_usage', 'svg_usage', ...(dialect === 'openai.responses' ? ['output'] : [])];
  return openaiUsage(usage, Object.fromEntries(told.map((member) => [member, body.get(member)])));
}
