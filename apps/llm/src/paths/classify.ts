import type { LlmProvider } from '@turnpike/contracts';
import { batchAct, googleBatchAct, type BatchAct } from './batch-paths.ts';
import type { Dialect } from './dialect.ts';
import { googleKeptAct, keptAct, type KeptAct } from './kept-paths.ts';

/** What a path is, and what is done about it. */
export interface Operation {
  /** Name in records and metrics; one of few. */
  readonly endpoint: string;
  /** `metered`: held and charged; `free`: passed on. Everything else is refused. */
  readonly treatment: 'metered' | 'free';
  readonly dialect: Dialect;
  /** Where the model is named: in the path, or in the body. */
  readonly model:
    | { readonly from: 'path'; readonly name: string }
    | { readonly from: 'body' }
    | { readonly from: 'none' };
  /** The vendor's path. */
  readonly upstreamPath: string;
  /** What is counted where the answer says nothing, of requests that are no tokens. */
  readonly unit?: 'characters' | 'images' | 'audio';
  /** What it does to objects that the vendor keeps. */
  readonly kept?: KeptAct;
  /** What it does to batches. */
  readonly batch?: BatchAct;
  /** Azure's. */
  readonly resource?: string;
  readonly deployment?: string;
}

type Rest = Omit<Operation, 'endpoint' | 'upstreamPath'>;
type Table = Readonly<Record<string, Rest>>;

const inBody = { from: 'body' } as const;
const nowhere = { from: 'none' } as const;
const plain = { treatment: 'metered', dialect: 'openai.plain', model: inBody } as const;
const free = { treatment: 'free', dialect: 'openai.plain', model: inBody } as const;

/** OpenAI's, which Azure has as well. */
const OPENAI: Table = {
  'POST chat/completions': {
    ...plain,
    dialect: 'openai.chat',
    kept: { kind: 'completion', act: 'make', endpoint: 'chat.completions', id: undefined },
  },
  'POST completions': { ...plain, dialect: 'openai.chat' },
  'POST responses': {
    ...plain,
    dialect: 'openai.responses',
    kept: { kind: 'response', act: 'make', endpoint: 'responses', id: undefined },
  },
  'POST responses/compact': { ...plain, dialect: 'openai.responses' },
  'POST embeddings': plain,
  'POST images/generations': { ...plain, unit: 'images' },
  'POST images/edits': { ...plain, unit: 'images' },
  'POST images/variations': { ...plain, unit: 'images' },
  'POST audio/speech': { ...plain, unit: 'characters' },
  'POST audio/transcriptions': { ...plain, unit: 'audio' },
  'POST audio/translations': { ...plain, unit: 'audio' },
  'POST moderations': free,
  'POST responses/input_tokens': free,
  'GET models': { ...free, model: nowhere },
};

const ANTHROPIC: Table = {
  'POST messages': { treatment: 'metered', dialect: 'anthropic', model: inBody },
  'POST messages/count_tokens': { ...free, dialect: 'anthropic' },
  'GET models': { ...free, dialect: 'anthropic', model: nowhere },
};

const COMPATIBLE: Table = {
  'POST chat/completions': { ...plain, dialect: 'openai.chat' },
  'POST embeddings': plain,
  'GET models': { ...free, model: nowhere },
};

/** Methods of Google's models. */
const GEMINI: Readonly<Record<string, Operation['treatment']>> = {
  generateContent: 'metered',
  streamGenerateContent: 'metered',
  embedContent: 'metered',
  batchEmbedContents: 'metered',
  countTokens: 'free',
};

const RESOURCE = /^[a-z0-9][a-z0-9-]{1,62}$/;
const SEGMENT = /^[\w.-]+$/;
const ONE_MODEL = /^models\/([^/]+)$/;

/**
 * What a request is by its method and its path behind `/trueportai-services/<provider>/`; `undefined` for everything that is not listed here. What
 * nobody has thought of is refused, since it would be neither charged nor kept apart.
 */
export function classify(provider: LlmProvider, method: string, path: string): Operation | undefined {
  if (path.includes('%')) return undefined;
  switch (provider) {
    case 'openai':
      return inTable(OPENAI, method, path.replace(/^v1\//, ''), 'v1');
    case 'anthropic':
      // The documented base URL ends in /v1, and the SDK begins its paths with it.
      return inTable(ANTHROPIC, method, path.replace(/^(?:v1\/){1,2}/, ''), 'v1');
    case 'google':
      return gemini(method, path);
    case 'azure':
      return azure(method, path);
  }
}

function inTable(table: Table, method: string, path: string, root: string): Operation | undefined {
  const upstreamPath = `/${root}/${path}`;
  const one = ONE_MODEL.exec(path)?.[1];
  const found = one !== undefined && SEGMENT.test(one) && method === 'GET' ? table['GET models'] : undefined;
  const vendor = table === ANTHROPIC ? 'anthropic' : 'openai';
  const batch = table === COMPATIBLE ? undefined : batchAct(vendor, method, path);
  if (batch !== undefined) {
    const dialect = table === ANTHROPIC ? 'anthropic' : 'openai.plain';
    return { endpoint: batch.endpoint, treatment: 'free', dialect, model: nowhere, upstreamPath, batch };
  }
  const kept = table === COMPATIBLE ? undefined : keptAct(vendor, method, path);
  if (kept !== undefined) {
    const dialect = table === ANTHROPIC ? 'anthropic' : kept.kind === 'response' ? 'openai.responses' : 'openai.plain';
    return { endpoint: kept.endpoint, treatment: 'free', dialect, model: nowhere, upstreamPath, kept };
  }
  const rest = found ?? (Object.hasOwn(table, `${method} ${path}`) ? table[`${method} ${path}`] : undefined);
  if (rest === undefined) return undefined;
  if (found === undefined || one === undefined) return { ...rest, endpoint: path.replaceAll('/', '.'), upstreamPath };
  return { ...rest, endpoint: 'model', model: { from: 'path', name: one }, upstreamPath };
}

/** Images. */
const PREDICT: Omit<Operation, 'upstreamPath' | 'model'> = {
  endpoint: 'predict',
  treatment: 'metered',
  dialect: 'google.predict',
  unit: 'images',
};
const INTERACTION: Omit<Operation, 'upstreamPath'> = {
  endpoint: 'interactions',
  treatment: 'metered',
  dialect: 'google.interactions',
  model: inBody,
  kept: { kind: 'interaction', act: 'make', endpoint: 'interactions', id: undefined },
};
const GOOGLE_UPLOAD = /^upload\/(v1|v1beta|v1alpha)\/(?:\1\/)?files$/;

function gemini(method: string, path: string): Operation | undefined {
  const ofUpload = method === 'POST' ? GOOGLE_UPLOAD.exec(path)?.[1] : undefined;
  if (ofUpload !== undefined)
    return googleFiles(`/upload/${ofUpload}/files`, { kind: 'file', act: 'upload', endpoint: 'upload', id: undefined });
  const [, version, rest = ''] = /^(v1|v1beta|v1alpha)\/(?:\1\/)?(.+)$/.exec(path) ?? [];
  if (version === undefined) return undefined;
  const compatible = /^openai\/(.+)$/.exec(rest)?.[1];
  if (compatible !== undefined) return inTable(COMPATIBLE, method, compatible, `${version}/openai`);
  const upstreamPath = `/${version}/${rest}`;
  if (method === 'POST' && rest === 'interactions') return { ...INTERACTION, upstreamPath };
  const batch = googleBatchAct(method, rest);
  if (batch !== undefined) {
    const { model: name, endpoint } = batch;
    const model = name === undefined ? nowhere : ({ from: 'path', name } as const);
    return { endpoint, treatment: 'free', dialect: 'gemini', model, upstreamPath, batch };
  }
  const kept = googleKeptAct(method, rest);
  if (kept !== undefined) return googleFiles(upstreamPath, kept);
  const one = ONE_MODEL.exec(rest)?.[1];
  if (method === 'GET' && (rest === 'models' || one !== undefined)) {
    const model = one === undefined ? nowhere : ({ from: 'path', name: one } as const);
    return {
      endpoint: one === undefined ? 'models' : 'model',
      treatment: 'free',
      dialect: 'gemini',
      model,
      upstreamPath,
    };
  }
  const [, name, verb = ''] = /^models\/([^/:]+):([A-Za-z]+)$/.exec(rest) ?? [];
  if (name !== undefined && verb === 'predict' && method === 'POST')
    return { ...PREDICT, model: { from: 'path', name }, upstreamPath };
  const treatment = Object.hasOwn(GEMINI, verb) ? GEMINI[verb] : undefined;
  if (name === undefined || treatment === undefined || method !== 'POST') return undefined;
  return { endpoint: verb, treatment, dialect: 'gemini', model: { from: 'path', name }, upstreamPath };
}

function googleFiles(upstreamPath: string, kept: KeptAct): Operation {
  const dialect = kept.kind === 'interaction' ? 'google.interactions' : 'gemini';
  return { endpoint: kept.endpoint, treatment: 'free', dialect, model: nowhere, upstreamPath, kept };
}

/** The deployment of our route is the one that is priced and called; the one that the SDK writes into its own path is not looked at. */
function azure(method: string, path: string): Operation | undefined {
  const [, resource = '', deployment = '', rest = ''] = /^([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (!RESOURCE.test(resource) || !SEGMENT.test(deployment)) return undefined;
  const general = /^openai\/v1\/(.+)$/.exec(rest)?.[1];
  const call = general ?? rest.replace(/^openai\/deployments\/[^/]+\//, '').replace(/^openai\//, '');
  const found = inTable(OPENAI, method, call, 'v1');
  if (found === undefined) return undefined;
  const listed = found.endpoint === 'models' || found.endpoint === 'model';
  const upstreamPath =
    general !== undefined ||
    listed ||
    (found.kept !== undefined && found.treatment === 'free') ||
    found.batch !== undefined ||
    found.dialect === 'openai.responses'
      ? `/openai/${general === undefined ? '' : 'v1/'}${call}`
      : `/openai/deployments/${deployment}/${call}`;
  return { ...found, upstreamPath, resource, deployment };
}
