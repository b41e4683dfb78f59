import { googleBatches } from './google-batches.ts';
import { googleFiles, googleUpload, unknownFile } from './google-files.ts';
import { googleError } from './google-parts.ts';
import { interactions } from './interactions.ts';
import { openai } from './openai.ts';
import { inputTokens, json, spoken, stream, type Asked } from './script.ts';

/** Google's Gemini API. */
export function google(asked: Asked): Promise<void> | void {
  if (asked.method === 'POST' && /^\/upload\/v1(?:beta)?\/files$/.test(asked.path)) return googleUpload(asked);
  const [, rest = ''] = /^\/(?:v1|v1beta|v1alpha)\/(.+)$/.exec(asked.path) ?? [];
  if (rest.startsWith('openai/')) return openai({ ...asked, path: `/v1/${rest.slice('openai/'.length)}` });
  if (/^files(?:\/|$)/.test(rest)) return googleFiles(asked, rest);
  if (/^interactions(?:\/|$)/.test(rest)) return interactions(asked, rest);
  if (/^batches(?:[/:]|$)|:(?:batchGenerateContent|asyncBatchEmbedContent)$/.test(rest))
    return googleBatches(asked, rest, googleError(404, 'Batch not found'));
  const unknown = unknownFile(asked.body['contents']);
  if (unknown !== undefined)
    return json(asked, googleError(403, `You do not have permission to access the File ${unknown}`), 403);
  const [, name = '', verb = ''] = /^models\/([^:]+):(\w+)$/.exec(rest) ?? [];
  const counted = inputTokens(asked.body['contents'] ?? asked.body);
  switch (verb) {
    case 'generateContent':
      return json(asked, whole(asked, name));
    case 'streamGenerateContent':
      return streamed(asked, name);
    case 'countTokens':
      return json(asked, { totalTokens: counted });
    case 'predict':
      return json(asked, { predictions: predictions(asked) });
    case 'embedContent':
      return json(asked, { embedding: { values: [0.25, -0.5, 1] } });
    case 'batchEmbedContents':
      return json(asked, { embeddings: [{ values: [0.25, -0.5, 1] }] });
    default:
      if (asked.method === 'GET' && rest === 'models')
        return json(asked, {
          models: ['gemini-2.5-flash', 'gemini-2.5-pro'].map((model) => ({
            name: `models/${model}`,
            displayName: 'Gemini',
          })),
        });
      return json(asked, googleError(404, 'Not found'), 404);
  }
}

/** Images, of which a script may have the last one withheld. */
function predictions({ body, script }: Asked): readonly object[] {
  const { sampleCount = 4 } = Object(body['parameters']) as { sampleCount?: number };
  return Array.from({ length: sampleCount }, (_, index) =>
    script.tool === true && index === sampleCount - 1
      ? { raiFilteredReason: 'withheld' }
      : { mimeType: 'image/png', bytesBase64Encoded: 'aGVsbG8=' },
  );
}

const TEXT = 'Hello from the stand-in for Google.';

function answer({ body, script }: Asked, model: string, text: string, output: number, last: boolean): object {
  const prompt = inputTokens(body['contents']);
  const counted = { promptTokenCount: prompt, candidatesTokenCount: output, totalTokenCount: prompt + output };
  const usage = script.usage === undefined ? counted : script.usage;
  const [tools] = Array.isArray(body['tools'])
    ? (body['tools'] as { functionDeclarations?: { name: string }[] }[])
    : [];
  const name = tools?.functionDeclarations?.[0]?.name ?? 'tool';
  const part = script.tool ? { functionCall: { name, args: { city: 'Paris' } } } : { text };
  return {
    candidates: [{ index: 0, content: { role: 'model', parts: [part] }, ...(last && { finishReason: 'STOP' }) }],
    ...(usage !== null && { usageMetadata: usage }),
    modelVersion: model,
    responseId: 'resp-1',
    ...script.more,
  };
}

function whole(asked: Asked, model: string): object {
  const { text, parts } = spoken(asked.script, TEXT);
  return answer(asked, model, text, parts.length, true);
}

function streamed(asked: Asked, model: string): Promise<void> | void {
  const parts = asked.script.tool ? [''] : spoken(asked.script, TEXT).parts;
  const chunks = parts.map((text, index) => answer(asked, model, text, index + 1, index === parts.length - 1));
  if (asked.query.get('alt') !== 'sse') return json(asked, chunks);
  return stream(
    asked,
    chunks.map((data) => ({ data })),
    { data: googleError(503, 'The model is overloaded.') },
  );
}
