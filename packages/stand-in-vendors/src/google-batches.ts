import { answeredOf, batches, listed, looked, made, newBatch, type Batch } from './batches.ts';
import { contentOf, keep, keepContent, name } from './kept.ts';
import { inputTokens, json, type Asked, type Script } from './script.ts';

type Json = Readonly<Record<string, unknown>>;

/** Google's. `call`: the path behind the version. */
export function googleBatches(asked: Asked, call: string, unknown: unknown): void {
  const model = /^models\/([^/:]+):/.exec(call)?.[1];
  if (model !== undefined) {
    const { displayName, inputConfig } = asked.body['batch'] as { displayName?: string; inputConfig: GoogleInput };
    const { fileName = inputConfig.file_name, requests: inline } = inputConfig;
    const lines = fileName === undefined ? [] : (contentOf(fileName) ?? '').split('\n').filter((line) => line !== '');
    const given = inline?.requests ?? lines.map((line) => JSON.parse(line) as GoogleRequest);
    const requests = given.map(({ key, request }, index) => ({
      customId: key ?? String(index),
      url: '',
      body: request,
    }));
    const facts = { model, displayName, fileName, embeds: call.endsWith(':asyncBatchEmbedContent') };
    return made(asked, newBatch(asked, `google-${name()}`, facts, requests), googleView);
  }
  if (call === 'batches') return json(asked, { operations: listed('google-', googleView) });
  const [id = '', verb] = call.slice('batches/'.length).split(':');
  const batch = batches.get(id);
  if (batch !== undefined && asked.method === 'DELETE') {
    batches.delete(id);
    return json(asked, {});
  }
  return looked(asked, batch, unknown, verb === 'cancel', googleView);
}

interface GoogleRequest {
  readonly key?: string;
  readonly request: Json;
}
interface GoogleInput {
  readonly fileName?: string;
  readonly file_name?: string;
  readonly requests?: { readonly requests: readonly GoogleRequest[] };
}

const GOOGLE_STATES = { completed: 'SUCCEEDED', failed: 'FAILED', expired: 'EXPIRED', cancelled: 'CANCELLED' } as const;

function googleView(batch: Batch): unknown {
  const { id, createdMs, facts, requests, end, script } = batch;
  const answered = end === undefined ? 0 : answeredOf(batch);
  const results = requests.map(({ customId, body }, index) => {
    if (index >= answered) return { key: customId, error: { code: 13, message: 'It was not answered.' } };
    if (facts['embeds'] === true) return { key: customId, response: embedded(body, script.usage) };
    const counted = { promptTokenCount: inputTokens(body['contents']), candidatesTokenCount: 7 };
    const usage = script.usage === undefined ? counted : script.usage;
    const candidates = [
      { content: { role: 'model', parts: [{ text: script.text ?? 'Hello' }] }, finishReason: 'STOP' },
    ];
    const response = { candidates, modelVersion: facts['model'], ...(usage !== null && { usageMetadata: usage }) };
    return { key: customId, response };
  });
  const output = end === undefined || answered === 0 ? undefined : outputOf(batch, results);
  return {
    name: `batches/${id}`,
    metadata: {
      '@type': 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch',
      name: `batches/${id}`,
      model: `models/${String(facts['model'])}`,
      displayName: facts['displayName'],
      createTime: new Date(createdMs).toISOString(),
      state: `BATCH_STATE_${end === undefined ? 'RUNNING' : GOOGLE_STATES[end]}`,
      batchStats: { requestCount: String(requests.length), successfulRequestCount: String(answered) },
      ...(output !== undefined && { output }),
    },
    ...(end !== undefined && { done: true, ...(output !== undefined && { response: output }) }),
  };
}

function embedded(body: Json, usage: Script['usage']): Json {
  const { promptTokenCount = inputTokens(body['content']) } = (usage ?? {}) as { promptTokenCount?: number };
  return { embedding: { values: [0.1, 0.2, 0.3] }, ...(usage !== null && { tokenCount: String(promptTokenCount) }) };
}

/** Answers come where the requests were: in a file, or within the batch. */
function outputOf(batch: Batch, results: readonly object[]): Json {
  if (batch.facts['fileName'] === undefined)
    return { inlinedResponses: { inlinedResponses: results.map(({ key: _key, ...each }: { key?: unknown }) => each) } };
  const file = batch.outputFile ?? `files/batch-${name().slice(0, 12)}`;
  if (batch.outputFile === undefined) {
    keep(file, { name: file, mimeType: 'application/jsonl', state: 'ACTIVE' });
    keepContent(file, results.map((each) => JSON.stringify(each)).join('\n'));
    batch.outputFile = file;
  }
  return { responsesFile: file };
}
