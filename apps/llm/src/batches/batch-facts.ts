import type { Dialect } from '../paths/dialect.ts';
import { anthropicUsage, object, openaiUsage } from '../usage/reported.ts';
import type { BatchEnd, BatchFacts, RequestResult } from './described-batch.ts';
import { googleFacts, googleKept, googleResult, googleUnderWay } from './google-batch.ts';

const ENDS = new Set<unknown>(['completed', 'failed', 'expired', 'cancelled']);
const SECOND_MS = 1_000;

/** Whether what is followed is no batch, but one response that OpenAI or Azure makes in the background. */
export function isResponse({ basePath }: { readonly basePath: string }): boolean {
  return basePath.endsWith(RESPONSES);
}

/** How paths end under which responses are made. */
export const RESPONSES = '/responses';

/** In which shape a vendor describes batches. */
export function dialectOf({ provider }: { readonly provider: string }): 'anthropic' | 'openai.plain' | 'gemini' {
  if (provider === 'google') return 'gemini';
  return provider === 'anthropic' ? 'anthropic' : 'openai.plain';
}

/** Reads what is followed as its vendor describes it; `undefined` for something else. */
export function factsOf(
  followed: { readonly provider: string; readonly basePath: string },
  value: unknown,
): BatchFacts | undefined {
  if (isResponse(followed)) return factsOfResponse(object(value));
  return factsOfBatch(dialectOf(followed), value);
}

/** What of a vendor's description is kept: of a response, and of Google's batches, nothing that was asked or answered. */
export function keptOf(followed: { readonly provider: string; readonly basePath: string }, described: object): object {
  if (followed.provider === 'google') return googleKept(object(described));
  if (!isResponse(followed)) return described;
  return Object.fromEntries(Object.entries(described).filter(([member]) => RESPONSE_MEMBERS.has(member)));
}

const RESPONSE_MEMBERS = new Set(['id', 'object', 'status', 'model', 'service_tier', 'usage', 'created_at']);
const RESPONSE_ENDS: Readonly<Record<string, BatchEnd>> = {
  completed: 'completed',
  incomplete: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

function factsOfResponse(response: Readonly<Record<string, unknown>>): BatchFacts | undefined {
  const id = text(response['id']);
  if (id === undefined) return undefined;
  const end = RESPONSE_ENDS[text(response['status']) ?? ''];
  const usage = object(response['usage']);
  const used = count(usage['input_tokens']) + count(usage['output_tokens']) > 0;
  return {
    id,
    end,
    files: [],
    outputFile: undefined,
    answered: end === 'completed' ? 1 : 0,
    reported: used ? openaiUsage(usage, response) : undefined,
    model: text(response['model']),
    inputFile: undefined,
    createdMs: count(response['created_at']) * SECOND_MS,
  };
}

/** Reads a batch as a vendor describes it; `undefined` for something else. */
export function factsOfBatch(dialect: Dialect, value: unknown): BatchFacts | undefined {
  const batch = object(value);
  if (dialect === 'gemini') return googleFacts(batch);
  const id = text(batch['id']);
  if (id === undefined) return undefined;
  const counts = object(batch['request_counts']);
  if (dialect === 'anthropic') {
    const end = count(counts['canceled']) > 0 ? 'cancelled' : count(counts['expired']) > 0 ? 'expired' : 'completed';
    return {
      id,
      end: batch['processing_status'] === 'ended' ? end : undefined,
      files: [],
      outputFile: undefined,
      answered: count(counts['succeeded']),
      reported: undefined,
      model: undefined,
      inputFile: undefined,
      createdMs: Date.parse(text(batch['created_at']) ?? ''),
    };
  }
  const outputFile = text(batch['output_file_id']);
  const usage = object(batch['usage']);
  return {
    id,
    end: ENDS.has(batch['status']) ? (batch['status'] as BatchEnd) : undefined,
    files: [outputFile, text(batch['error_file_id'])].filter((file) => file !== undefined),
    outputFile,
    answered: count(counts['completed']),
    reported: count(usage['input_tokens']) + count(usage['output_tokens']) > 0 ? openaiUsage(usage) : undefined,
    model: text(batch['model']),
    inputFile: text(batch['input_file_id']),
    createdMs: count(batch['created_at']) * SECOND_MS,
  };
}

/** Reads one line of a batch's results; one that is no JSON is no answer. */
export function resultIn(dialect: Dialect, line: Buffer): RequestResult {
  const none: RequestResult = { answered: false, reported: undefined, model: undefined };
  let result: Readonly<Record<string, unknown>>;
  try {
    result = object(JSON.parse(line.toString()));
  } catch {
    return none;
  }
  if (dialect === 'gemini') return googleResult(result);
  const response = object(result['response']);
  const inner = object(result['result']);
  const anthropic = dialect === 'anthropic';
  const answered = anthropic ? inner['type'] === 'succeeded' : isSuccess(response['status_code']);
  if (!answered) return none;
  const answer = object(anthropic ? inner['message'] : response['body']);
  const usage = object(answer['usage']);
  const told = Object.keys(usage).length > 0;
  return {
    answered,
    reported: told ? (anthropic ? anthropicUsage(usage) : openaiUsage(usage, answer)) : undefined,
    model: text(answer['model']),
  };
}

/** The batch as long as it is not accounted for: under way, without its results. */
export function asUnderWay(dialect: Dialect, value: unknown): unknown {
  if (dialect === 'gemini') return googleUnderWay(object(value));
  return dialect === 'anthropic'
    ? { ...object(value), processing_status: 'in_progress', ended_at: null, results_url: null }
    : { ...object(value), status: 'finalizing', output_file_id: null, error_file_id: null };
}

function isSuccess(status: unknown): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
