import { utf8MediaType } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { estimateOf, estimateOfAudio, estimateOfImages, type Estimate } from '../requests/estimate.ts';
import { readForm } from '../requests/form-body.ts';
import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { otherModelsInForm, otherModelsOf } from '../requests/other-models.ts';
import { NO_REFERENCES, referencesOf } from '../requests/references.ts';
import { usageOf } from '../usage/usage.ts';
import type { Call, ReadRequest } from './call.ts';

/** Longest name of a model, in characters. */
const MODEL_CHARS_MAX = 256;
const DEARER = new Set(['priority', 'fast']);
const NOTHING: Estimate = { usage: usageOf({}), bounded: true };

/**
 * Reads of a request what decides about it: model, length of the answer, whether it streams. Throws 400 for what the vendor could read in another
 * way, 404 for what names something of another tenant's at the vendor, 415 for another kind of body.
 */
export function readRequest(call: Call, bytes: Buffer): ReadRequest {
  try {
    const type = call.request.headers['content-type'] ?? '';
    if (call.operation.kept?.act === 'upload') return unread(bytes);
    if (/^multipart\/form-data\b/i.test(type)) return ofForm(call, bytes, type);
    if (bytes.length === 0 && call.operation.model.from !== 'body')
      return { ...unread(bytes), model: modelOf(call, undefined) };
    if (utf8MediaType(type) !== 'application/json')
      throw new AppError('request.unsupported_media_type', {
        detail: 'The body of this request must be JSON in UTF-8 (application/json).',
      });
    return ofJson(call, bytes);
  } catch (error) {
    if (error instanceof UnreadableBody) throw malformed(error.message);
    throw error;
  }
}

/** A body in which nothing decides anything. */
function unread(bytes: Buffer): ReadRequest {
  const nothing = { json: undefined, model: undefined, others: [], geo: undefined, tier: undefined };
  return { bytes, ...nothing, estimate: NOTHING, references: NO_REFERENCES, hidesUsage: false, background: false };
}

function ofJson(call: Call, bytes: Buffer): ReadRequest {
  const { operation } = call;
  const json = new JsonBody(bytes);
  const model = modelOf(call, json.get('model'));
  const background = json.get('background') === true;
  if (background && operation.endpoint !== 'responses')
    throw malformed('Only responses are answered in the background: leave out `background`.');
  if (background && json.get('store') === false)
    throw malformed('An answer in the background is asked for later, so it must be stored: leave out `store`.');
  const references = referencesOf(call, json);
  const stream = json.get('stream') ?? false;
  if (typeof stream !== 'boolean') throw malformed('stream must be true or false.');
  const metered = operation.treatment === 'metered';
  const estimate = metered ? estimateOf(operation, json, call.options['llm.hold_default_output_tokens']) : NOTHING;
  const geo = json.get('inference_geo');
  const asksUsage = operation.dialect === 'openai.chat' && stream && !wantsUsage(json);
  return {
    bytes: asksUsage ? json.with('stream_options', { ...optionsOf(json), include_usage: true }) : bytes,
    json,
    model,
    others: metered ? otherModelsOf(operation.dialect, json, estimate.usage) : [],
    geo: typeof geo === 'string' ? geo : undefined,
    tier: tierOf(call, json),
    estimate,
    references,
    hidesUsage: asksUsage,
    background,
  };
}

function ofForm(call: Call, bytes: Buffer, type: string): ReadRequest {
  const { unit, kept } = call.operation;
  if (kept !== undefined && call.operation.treatment === 'free') {
    const { fields } = readForm(bytes, type);
    const file = call.credential.shared ? fields.get('file_id') : undefined;
    return { ...unread(bytes), references: { objects: file === undefined ? [] : [file], items: [] } };
  }
  if (unit !== 'audio' && unit !== 'images')
    throw new AppError('request.unsupported_media_type', { detail: 'The body of this request must be JSON.' });
  const { fields, fileBytes } = readForm(bytes, type);
  const estimate =
    unit === 'audio' ? estimateOfAudio(fileBytes) : estimateOfImages(fileBytes, Number(fields.get('n') ?? 1));
  return {
    bytes,
    json: undefined,
    model: modelOf(call, fields.get('model')),
    others: otherModelsInForm(fields, estimate.usage),
    geo: undefined,
    tier: undefined,
    estimate,
    references: NO_REFERENCES,
    hidesUsage: false,
    background: false,
  };
}

/** The model that is called: of the path, the body, or Azure's deployment, whose model the operator has named. */
function modelOf({ operation, credential }: Call, inBody: unknown): string | undefined {
  const { model, deployment, upstreamPath } = operation;
  if (deployment !== undefined) {
    if (model.from === 'none') return undefined;
    // Azure's own models, which are no deployments.
    if (model.from === 'path') return model.name;
    // Only there does Azure go by the body; elsewhere by the path, whatever the body says.
    const byBody = !upstreamPath.startsWith('/openai/deployments/');
    if (byBody && inBody !== deployment)
      throw malformed(`The model must be the deployment of the path, ${deployment}.`);
    return credential.deployments?.[deployment] ?? deployment;
  }
  if (model.from === 'path') {
    // Google's SDK names it in bodies as well, with its collection.
    if (typeof inBody === 'string' && inBody.replace(/^models\//, '') !== model.name)
      throw malformed('The body names another model than the path.');
    return model.name;
  }
  if (model.from === 'none') return undefined;
  // Free paths need none.
  if (inBody === undefined && operation.treatment === 'free') return undefined;
  if (typeof inBody !== 'string' || inBody === '' || inBody.length > MODEL_CHARS_MAX)
    throw malformed('The request must name a model.');
  return inBody;
}

/**
 * The tier that a request asks to be served at, where that costs more: a cheaper one is charged where the answer says that it served the request, since
 * a vendor that knows no tiers takes no notice of the word. Throws 400 for one that has no price here.
 */
function tierOf({ provider }: Call, json: JsonBody): string | undefined {
  const asked = json.get('service_tier') ?? json.get('serviceTier') ?? json.get('speed');
  if (typeof asked !== 'string') return undefined;
  const tier = asked.toLowerCase();
  if (provider === 'google' && tier.includes('priority'))
    throw new AppError('llm.model_not_priced', { detail: `The gateway has no price for the tier ${tier} of Google.` });
  return DEARER.has(tier) ? tier : undefined;
}

function optionsOf(json: JsonBody): Record<string, unknown> {
  const options = json.get('stream_options') ?? {};
  if (typeof options !== 'object' || Array.isArray(options)) throw malformed('stream_options must be an object.');
  return options as Record<string, unknown>;
}

function wantsUsage(json: JsonBody): boolean {
  return optionsOf(json)['include_usage'] === true;
}

function malformed(detail: string): AppError {
  return new AppError('request.malformed', { detail });
}
