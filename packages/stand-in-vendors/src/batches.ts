import { randomUUID } from 'node:crypto';
import { contentOf, keep, keepContent } from './kept.ts';
import { inputTokens, json, type Asked, type BatchScript, type Script } from './script.ts';

type Json = Readonly<Record<string, unknown>>;

/** Batches that are kept, of all callers together; the oldest goes first. */
const BATCHES_MAX = 1_000;
/** Looks that find a batch under way, unless a script says otherwise. */
const LOOKS = 1;

/** A batch of any vendor: its requests, and how far it is. */
export interface Batch {
  readonly id: string;
  readonly createdMs: number;
  /** As the vendor repeats it: endpoint, file, metadata. */
  readonly facts: Json;
  readonly requests: readonly BatchRequest[];
  readonly script: Script;
  looks: number;
  end: NonNullable<BatchScript['end']> | undefined;
  /** Cancelling was asked for. */
  cancelled: boolean;
  outputFile: string | undefined;
}

interface BatchRequest {
  readonly customId: string;
  readonly url: string;
  readonly body: Json;
}

export const batches = new Map<string, Batch>();

/** OpenAI's batches, and Azure's. `call`: the path behind the version. */
export function openaiBatches(asked: Asked, call: string, unknown: unknown): void {
  const [, id, member] = call.split('/');
  if (id === undefined && asked.method === 'POST') {
    const input = contentOf(String(asked.body['input_file_id']));
    if (input === undefined) return json(asked, unknown, 400);
    const lines = input.split('\n').filter((line) => line.trim() !== '');
    const requests = lines.map((line): BatchRequest => {
      const { custom_id, url, body } = JSON.parse(line) as { custom_id: string; url: string; body: Json };
      return { customId: custom_id, url, body };
    });
    return made(asked, newBatch(asked, `batch_${name()}`, asked.body, requests), openaiView);
  }
  if (id === undefined) return json(asked, { object: 'list', data: listed('batch_', openaiView), has_more: false });
  return looked(asked, batches.get(id), unknown, member === 'cancel', openaiView);
}

/** Anthropic's. `call`: the path behind `messages/batches`, with its slash where there is more. */
export function anthropicBatches(asked: Asked, call: string, unknown: unknown): void {
  const [, id, member] = call.split('/');
  if (id === undefined && asked.method === 'POST') {
    const given = asked.body['requests'] as { custom_id: string; params: Json }[];
    const requests = given.map(({ custom_id, params }) => ({ customId: custom_id, url: '', body: params }));
    return made(asked, newBatch(asked, `msgbatch_${name()}`, {}, requests), anthropicView);
  }
  if (id === undefined)
    return json(asked, { data: listed('msgbatch_', anthropicView), has_more: false, first_id: null, last_id: null });
  const batch = batches.get(id);
  if (batch !== undefined && asked.method === 'DELETE') {
    batches.delete(id);
    return json(asked, { id, type: 'message_batch_deleted' });
  }
  if (batch === undefined || member !== 'results')
    return looked(asked, batch, unknown, member === 'cancel', anthropicView);
  const lines = batch.requests.map((request, index) => JSON.stringify(anthropicResult(batch, request, index)));
  asked.response.writeHead(200, { 'content-type': 'application/x-jsonl' }).end(`${lines.join('\n')}\n`);
}

/** Notes a batch; the oldest goes first. */
export function newBatch(asked: Asked, id: string, facts: Json, requests: readonly BatchRequest[]): Batch {
  const { script } = asked;
  const of = { id, createdMs: Date.now(), facts, requests, script };
  const batch: Batch = { ...of, looks: 0, end: undefined, cancelled: false, outputFile: undefined };
  batches.set(id, batch);
  const [oldest] = batches.keys();
  if (batches.size > BATCHES_MAX && oldest !== undefined) batches.delete(oldest);
  return batch;
}

/** Answers with a batch that was made, unless that answer is to be lost. */
export function made(asked: Asked, batch: Batch, view: (batch: Batch) => unknown): void {
  if (asked.script.batch?.lost === true) return void asked.response.destroy();
  json(asked, view(batch));
}

/** Batches whose ids begin so, newest first. */
export function listed(prefix: string, view: (batch: Batch) => unknown): unknown[] {
  const all = [...batches.values()].filter(({ id }) => id.startsWith(prefix));
  return all.toReversed().map(view);
}

/** Each look brings a batch nearer to its end. */
export function looked(
  asked: Asked,
  batch: Batch | undefined,
  unknown: unknown,
  cancels: boolean,
  view: (batch: Batch) => unknown,
): void {
  const { gone, failing = 0, looks = LOOKS, end = 'completed' } = batch?.script.batch ?? {};
  if (batch === undefined || gone === true) return json(asked, unknown, 404);
  if (cancels) batch.cancelled = true;
  else batch.looks += 1;
  if (batch.looks <= failing && !cancels) return json(asked, unknown, 500);
  if (batch.cancelled && !cancels) batch.end ??= 'cancelled';
  else if (batch.looks > looks + failing) batch.end ??= end;
  return json(asked, view(batch));
}

/** Requests that were answered when a batch ended. */
export function answeredOf({ requests, script, end }: Batch): number {
  const all = end === 'failed' ? 0 : requests.length;
  return Math.min(all, script.batch?.answered ?? all);
}

function openaiView(batch: Batch): unknown {
  const { id, createdMs, facts, requests, end, cancelled } = batch;
  const answered = end === undefined ? 0 : answeredOf(batch);
  if (end !== undefined && answered > 0) batch.outputFile ??= writeOutput(batch, answered);
  const total = {
    total: requests.length,
    completed: answered,
    failed: end === 'completed' ? requests.length - answered : 0,
  };
  const seconds = Math.floor(createdMs / 1_000);
  return {
    id,
    object: 'batch',
    endpoint: facts['endpoint'],
    input_file_id: facts['input_file_id'],
    completion_window: facts['completion_window'],
    metadata: facts['metadata'] ?? null,
    status: end ?? (cancelled ? 'cancelling' : 'in_progress'),
    created_at: seconds,
    expires_at: seconds + 86_400,
    request_counts: total,
    output_file_id: batch.outputFile ?? null,
    error_file_id: null,
    errors: end === 'failed' ? { object: 'list', data: [{ code: 'invalid', message: 'A line is not valid.' }] } : null,
    ...(end === undefined || batch.script.batch?.silent === true ? {} : { usage: sumOf(batch, answered) }),
  };
}

/** The file with the answers. Its id is that of the batch, so that whoever asks twice finds one. */
function writeOutput(batch: Batch, answered: number): string {
  const lines = batch.requests.slice(0, answered).map((request, index) => {
    const body = { object: 'chat.completion', model: request.body['model'], ...answerTo(batch, request) };
    return JSON.stringify({
      id: `batch_req_${index}`,
      custom_id: request.customId,
      response: { status_code: 200, request_id: `req_${index}`, body },
      error: null,
    });
  });
  const content = `${lines.join('\n')}\n`;
  const id = `file-${name()}`;
  const bytes = Buffer.byteLength(content);
  const filename = `${batch.id}_output.jsonl`;
  keep(id, { id, object: 'file', bytes, created_at: 1, filename, purpose: 'batch_output', status: 'processed' });
  keepContent(id, content);
  return id;
}

function answerTo({ script }: Batch, { body, url }: BatchRequest): Json {
  const text = script.text ?? 'Hello from the stand-in for batches.';
  const input = inputTokens(body['messages'] ?? body['input'] ?? '');
  const responses = url.endsWith('/responses');
  const counted = responses
    ? { input_tokens: input, output_tokens: 7 }
    : { prompt_tokens: input, completion_tokens: 7 };
  const usage = script.usage === undefined ? counted : script.usage;
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
  return { id: `chatcmpl-${name()}`, created: 1, choices, usage };
}

/** The batch's own sum, which says no more than its tokens. */
function sumOf(batch: Batch, answered: number): Json {
  const usages = batch.requests.slice(0, answered).map((request) => (answerTo(batch, request)['usage'] ?? {}) as Json);
  const sum = (...names: string[]): number =>
    usages.reduce((all, usage) => all + names.reduce((one, each) => one + Number(usage[each] ?? 0), 0), 0);
  const [into, out] = [sum('prompt_tokens', 'input_tokens'), sum('completion_tokens', 'output_tokens')];
  return { input_tokens: into, output_tokens: out, total_tokens: into + out };
}

function anthropicView(batch: Batch): unknown {
  const { id, createdMs, requests, end, cancelled } = batch;
  const answered = end === undefined ? 0 : answeredOf(batch);
  const rest = requests.length - answered;
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    id,
    type: 'message_batch',
    processing_status: end === undefined ? (cancelled ? 'canceling' : 'in_progress') : 'ended',
    request_counts: {
      processing: end === undefined ? requests.length : 0,
      succeeded: answered,
      errored: end === 'completed' || end === 'failed' ? rest : 0,
      canceled: end === 'cancelled' ? rest : 0,
      expired: end === 'expired' ? rest : 0,
    },
    created_at: at(createdMs),
    expires_at: at(createdMs + 86_400_000),
    ended_at: end === undefined ? null : at(createdMs),
    cancel_initiated_at: cancelled ? at(createdMs) : null,
    archived_at: null,
    results_url: end === undefined ? null : `https://api.anthropic.com/v1/messages/batches/${id}/results`,
  };
}

const RESULT_TYPES = { completed: 'errored', failed: 'errored', expired: 'expired', cancelled: 'canceled' } as const;

function anthropicResult(batch: Batch, { customId, body }: BatchRequest, index: number): unknown {
  const { script, end = 'completed' } = batch;
  if (index >= answeredOf(batch)) return { custom_id: customId, result: { type: RESULT_TYPES[end] } };
  const content = [{ type: 'text', text: script.text ?? 'Hello from the stand-in for batches.' }];
  const counted = { input_tokens: inputTokens(body['messages']), output_tokens: 7 };
  const usage = script.usage === undefined ? counted : script.usage;
  const message = {
    id: `msg_${index}`,
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: usage === null ? null : { ...usage, service_tier: 'batch' },
  };
  return { custom_id: customId, result: { type: 'succeeded', message } };
}

function name(): string {
  return randomUUID().replaceAll('-', '');
}
