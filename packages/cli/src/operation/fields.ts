import { UsageError } from '../api/commands.ts';
import type { OpenApiDocument, Operation, Schema } from './document.ts';

/** Something that an operation takes: a parameter, or a member of its body. */
export interface Field {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header' | 'body';
  readonly required: boolean;
  readonly description: string | undefined;
  /** JSON types that it may have; none where anything will do. */
  readonly types: ReadonlySet<string>;
  /** The values that it may have, where they are few. */
  readonly values: readonly string[] | undefined;
  /** What an item of a list is. */
  readonly items: Schema | undefined;
  /** In a path: it stands for any number of segments. */
  readonly isPath: boolean;
}

/** Everything that an operation takes, in the order in which the document tells of it. */
export function fieldsOf(operation: Operation, document: OpenApiDocument): readonly Field[] {
  const find = finder(document);
  const parameters = (operation.parameters ?? []).map((parameter) => ({
    ...factsOf(parameter.schema, find),
    name: parameter.name,
    place: parameter.in,
    required: parameter.required === true,
    description: parameter.description ?? find(parameter.schema).description,
    isPath: parameter['x-segments'] === 'any',
  }));
  const { properties, required } = membersOf(operation.requestBody?.content['application/json']?.schema ?? {}, find);
  const members = Object.entries(properties).map(([name, schema]) => ({
    ...factsOf(schema, find),
    name,
    place: 'body' as const,
    required: required.has(name),
    description: find(schema).description,
    isPath: false,
  }));
  return [...parameters, ...members];
}

/** What was typed, as the value that the field takes: JSON where that fits, text otherwise. Throws `UsageError`. */
export function valueOf(field: Field, given: readonly string[], document: OpenApiDocument): unknown {
  const [text = ''] = given;
  const isOne = given.length <= 1;
  if (field.types.has('array')) {
    const whole = isOne ? jsonOf(text) : undefined;
    if (Array.isArray(whole)) return whole;
    // Given once, it is a list of one only where nothing but a list will do.
    const item = { ...field, ...factsOf(field.items ?? {}, finder(document)) };
    if (!isOne || !takesScalar(field)) return given.map((each) => scalarOf(item, each));
  }
  if (!isOne) throw new UsageError(`--${field.name} is given more than once`);
  return scalarOf(field, text);
}

function takesScalar({ types }: Field): boolean {
  return [...types].some((type) => type !== 'array' && type !== 'object' && type !== 'null');
}

function scalarOf(field: Field, text: string): unknown {
  const value = typedOf(field, text);
  if (value === null || field.values === undefined || field.values.includes(textOf(value))) return value;
  throw new UsageError(`--${field.name}: one of ${field.values.join(', ')}, not ${text}`);
}

function typedOf({ name, types }: Field, text: string): unknown {
  const json = jsonOf(text);
  if (json !== undefined && typeof json !== 'string') {
    const type = typeOf(json);
    // Sent as another number than the one that was typed.
    if (type === 'integer' && !Number.isSafeInteger(json)) throw new UsageError(`--${name}: ${text} is too large`);
    if (types.size === 0 || types.has(type) || (type === 'integer' && types.has('number'))) return json;
  }
  if (types.size === 0 || types.has('string')) return text;
  throw new UsageError(`--${name}: ${[...types].map((type) => WORDS[type] ?? type).join(' or ')}, not ${text}`);
}

/** Types as the help names them. */
export const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list (JSON, or the option more than once)',
  object: 'an object (JSON)',
  null: 'null',
};

type Find = (schema: Schema) => Schema;

/** Follows references; what stands beside one comes first. */
function finder({ components }: OpenApiDocument): Find {
  return (schema) => {
    const { $ref: reference, ...rest } = schema;
    if (reference === undefined) return schema;
    return { ...components?.schemas?.[reference.replace('#/components/schemas/', '')], ...rest };
  };
}

function factsOf(schema: Schema, find: Find): Pick<Field, 'types' | 'values' | 'items'> {
  const kinds = alternativesOf(schema, find);
  const types = kinds.flatMap(({ type, const: only, enum: some }) =>
    type !== undefined
      ? [type].flat()
      : some !== undefined
        ? some.map(typeOf)
        : only !== undefined
          ? [typeOf(only)]
          : [],
  );
  const isOpenEnded = kinds.some(
    (kind) => kind.type === undefined && kind.enum === undefined && kind.const === undefined,
  );
  const values = kinds
    .filter(({ type }) => type !== 'null')
    .map((kind) => kind.enum ?? (kind.const === undefined ? undefined : [kind.const]));
  const items = kinds.find((kind) => kind.items !== undefined)?.items;
  return {
    types: new Set(isOpenEnded ? [] : types),
    values: values.every((some) => some !== undefined) ? values.flat().map(textOf) : undefined,
    items,
  };
}

/** A schema without unions: each thing that it may be. */
function alternativesOf(schema: Schema, find: Find): Schema[] {
  const found = find(schema);
  const union = found.anyOf ?? found.oneOf;
  return union === undefined ? [found] : union.flatMap((each) => alternativesOf(each, find));
}

/** The members of a body; of a union, those of each, and none of them required that some do without. */
function membersOf(schema: Schema, find: Find): { properties: Record<string, Schema>; required: ReadonlySet<string> } {
  const kinds = alternativesOf(schema, find).map((kind) => {
    const parts = [kind, ...(kind.allOf ?? []).map(find)];
    return {
      properties: Object.fromEntries(parts.flatMap((part) => Object.entries(part.properties ?? {}))),
      required: parts.flatMap((part) => part.required ?? []),
    };
  });
  const names = [...new Set(kinds.flatMap(({ properties }) => Object.keys(properties)))];
  const one = (name: string): Schema => {
    const some = kinds.map(({ properties }) => properties[name]).filter((each) => each !== undefined);
    const [first = {}, ...others] = some;
    return others.length === 0 ? first : { ...first, anyOf: some };
  };
  return {
    properties: Object.fromEntries(names.map((name) => [name, one(name)])),
    required: new Set(names.filter((name) => kinds.every(({ required }) => required.includes(name)))),
  };
}

/** A value as it stands in a path, a query or a header. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
