import { AppError } from '@turnpike/service-kit';
import { JsonBody } from '../requests/json-body.ts';
import { geminiUsage, object } from '../usage/reported.ts';
import { usageOf, type Reported } from '../usage/usage.ts';
import type { BatchEnd, BatchFacts, RequestResult } from './described-batch.ts';

/** Google's batches: operations whose requests and answers stand within them, or in files. */

type Json = Readonly<Record<string, unknown>>;

const COLLECTION = 'batches/';
const ENDS: Readonly<Record<string, BatchEnd>> = {
  SUCCEEDED: 'completed',
  PARTIALLY_SUCCEEDED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  EXPIRED: 'expired',
};

/** Where the requests of a batch are: in a file that was uploaded, or in the array of these bytes. */
export type GoogleInput = { readonly file: string } | { readonly requests: Buffer };

/** Reads where the requests are. Throws 400 where that is not said, or said twice. */
export function googleInputOf(json: JsonBody | undefined): GoogleInput {
  const batch = inner(json, 'batch');
  const config = inner(batch, 'inputConfig', 'input_config');
  const file = config?.get('fileName') ?? config?.get('file_name');
  const inline = inner(config, 'requests')?.raw('requests');
  if (config?.has('fileName') && config.has('file_name')) throw malformed('The batch names its file twice.');
  if ((file === undefined) === (inline === undefined))
    throw malformed('The batch must have its requests, or name the file that has them.');
  if (inline !== undefined) return { requests: inline };
  if (typeof file !== 'string' || !/^files\/\w[\w-]{0,127}$/.test(file))
    throw malformed('The file of a batch must be named as files/….');
  return { file };
}

/** A member that is an object, under one of its spellings. Throws 400 where it has both. */
function inner(json: JsonBody | undefined, ...names: readonly string[]): JsonBody | undefined {
  const there = names.filter((name) => json?.has(name));
  if (there.length > 1) throw malformed(`The batch has ${there.join(' and ')}, which are the same.`);
  const raw = json?.raw(there[0] ?? '');
  return raw === undefined ? undefined : new JsonBody(raw);
}

/** Reads a batch as Google describes it; `undefined` for something else. */
export function googleFacts(batch: Json): BatchFacts | undefined {
  const name = text(batch['name']);
  if (name === undefined || !name.startsWith(COLLECTION)) return undefined;
  const metadata = object(batch['metadata']);
  const output = outputOf(batch);
  const file = text(output['responsesFile']);
  const state = text(metadata['state'])?.replace(/^(?:BATCH|JOB)_STATE_/, '') ?? '';
  const end =
    ENDS[state] ?? (batch['done'] === true ? (batch['error'] === undefined ? 'completed' : 'failed') : undefined);
  return {
    id: name.slice(COLLECTION.length),
    end,
    files: file === undefined ? [] : [file],
    outputFile: file,
    answered: Number(object(metadata['batchStats'])['successfulRequestCount'] ?? 0) || 0,
    reported: undefined,
    model: undefined,
    inputFile: text(object(metadata['inputConfig'])['fileName']),
    createdMs: Date.parse(text(metadata['createTime']) ?? ''),
  };
}

/** The answers that stand within a batch; `undefined` where they are in a file, or there are none. */
export function googleResults(batch: Json): readonly RequestResult[] | undefined {
  const inline = object(outputOf(batch)['inlinedResponses'])['inlinedResponses'];
  return Array.isArray(inline) ? inline.map((each) => googleResult(object(each))) : undefined;
}

/** One answer, in a file or within the batch. */
export function googleResult(result: Json): RequestResult {
  const response = object(result['response']);
  const answered = Object.keys(response).length > 0;
  const usage = object(response['usageMetadata']);
  return {
    answered,
    reported: Object.keys(usage).length > 0 ? geminiUsage(usage) : embeddedIn(response),
    model: text(response['modelVersion']),
  };
}

/** Embeddings tell their tokens alone, as a text. */
function embeddedIn({ tokenCount }: Json): Reported | undefined {
  const input = Number(tokenCount);
  return Number.isSafeInteger(input) && input > 0 ? { usage: usageOf({ input }), tier: undefined } : undefined;
}

/** What of a batch is kept, and listed: nothing that was asked or answered. */
export function googleKept({ response: _response, metadata, ...batch }: Json): Json {
  const { output, inputConfig, ...rest } = object(metadata);
  const [answers, requests] = [text(object(output)['responsesFile']), text(object(inputConfig)['fileName'])];
  return {
    ...batch,
    metadata: {
      ...rest,
      ...(requests !== undefined && { inputConfig: { fileName: requests } }),
      ...(answers !== undefined && { output: { responsesFile: answers } }),
    },
  };
}

/** The batch as long as it is not accounted for. */
export function googleUnderWay({ response: _response, error: _error, metadata, ...batch }: Json): Json {
  const { output: _output, endTime: _endTime, ...rest } = object(metadata);
  return { ...batch, done: false, metadata: { ...rest, state: 'BATCH_STATE_RUNNING' } };
}

/** Both places say the same; the SDK reads the one in the metadata. */
function outputOf(batch: Json): Json {
  const output = object(object(batch['metadata'])['output']);
  return Object.keys(output).length > 0 ? output : object(batch['response']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function malformed(detail: string): AppError {
  return new AppError('request.malformed', { detail });
}
