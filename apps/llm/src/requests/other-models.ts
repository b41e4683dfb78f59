import { AppError } from '@turnpike/service-kit';
import type { Dialect } from '../paths/dialect.ts';
import { IMAGE_TOKENS } from '../usage/reported.ts';
import { usageOf, type Usage } from '../usage/usage.ts';
import { UnreadableBody, type JsonBody } from './json-body.ts';

/** A model that a request has answer, or help to, beside the one that it is for. */
export interface OtherModel {
  readonly model: string;
  /** What it may use. */
  readonly usage: Usage;
}

/** Members of tools that hold schemas of the caller's own, whose names mean nothing to the vendor. */
const SCHEMAS = new Set(['parameters', 'input_schema', 'headers', 'schema']);
/** Tools that call a model of images. */
const IMAGE_TOOL = 'image_generation';
/** Longest name of a model, in characters. */
const MODEL_CHARS_MAX = 256;

type Json = Readonly<Record<string, unknown>>;

/**
 * The models that a request names inside of it: those that tools call, those that step in where its own declines, and those that write images as SVG.
 * Throws `UnreadableBody` for a name that is none, and 400 where the vendor would choose one, whose price nobody could know. `asked`: what its own model may use.
 */
export function otherModelsOf(dialect: Dialect, json: JsonBody, asked: Usage): readonly OtherModel[] {
  if (dialect === 'anthropic') return [...inTools(json, asked), ...inFallbacks(json, asked)];
  if (dialect === 'openai.responses') return inTools(json, asked);
  return dialect === 'openai.plain' ? named(object(json.get('svg')), asked) : [];
}

/** The same of a form, whose members of members have names such as `svg[model]`. */
export function otherModelsInForm(fields: ReadonlyMap<string, string>, asked: Usage): readonly OtherModel[] {
  const odd = [...fields.keys()].find((name) => /^svg\b/i.test(name) && !/^svg\[\w+\]$/.test(name));
  if (odd !== undefined) throw new UnreadableBody(`The field ${odd} must be given by its members, such as svg[model].`);
  return named({ model: fields.get('svg[model]') }, asked);
}

function inTools(json: JsonBody, asked: Usage): OtherModel[] {
  const tools = json.get('tools');
  return Array.isArray(tools) ? tools.flatMap((tool) => inTool(object(tool), asked)) : [];
}

function inTool(tool: Json, asked: Usage): OtherModel[] {
  const draws = tool['type'] === IMAGE_TOOL;
  if (draws && (tool['model'] === undefined || tool['model'] === null))
    throw unknown(
      'The tool image_generation must name its model: the one that the provider would choose has no price here.',
    );
  const own = named(tool, draws ? usageOf({ output_image: IMAGE_TOKENS }) : advice(tool, asked));
  const inner = Object.entries(tool).filter(([name]) => !SCHEMAS.has(name));
  return [...own, ...inner.flatMap(([, value]) => within(value, asked))];
}

/** Tools may stand in tools, and settings of theirs name models of their own. */
function within(value: unknown, asked: Usage): OtherModel[] {
  if (Array.isArray(value)) return value.flatMap((each) => within(each, asked));
  return typeof value === 'object' && value !== null ? inTool(value as Json, asked) : [];
}

function inFallbacks(json: JsonBody, asked: Usage): OtherModel[] {
  const fallbacks = json.get('fallbacks');
  if (fallbacks === undefined || fallbacks === null) return [];
  if (!Array.isArray(fallbacks))
    throw unknown('The models of fallbacks must be named: those that the provider would choose have no price here.');
  return fallbacks.flatMap((fallback) => {
    const own = named(object(fallback), asked);
    if (own.length === 0) throw new UnreadableBody('A fallback must name its model.');
    return own;
  });
}

/** Whoever is asked for advice reads what the model was told, and writes as much as it may, or as the answer. */
function advice({ max_tokens: most }: Json, { input, output }: Usage): Usage {
  return usageOf({ input, output: typeof most === 'number' && most > 0 ? Math.ceil(most) : output });
}

function named({ model }: Json, usage: Usage): OtherModel[] {
  if (model === undefined || model === null) return [];
  if (typeof model !== 'string' || model === '' || model.length > MODEL_CHARS_MAX)
    throw new UnreadableBody('A model that the request names inside of it must be a name.');
  return [{ model, usage }];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function unknown(detail: string): AppError {
  return new AppError('llm.model_not_priced', { detail });
}
