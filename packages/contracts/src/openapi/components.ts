import { z } from 'zod';

/** A JSON value of the document. */
export type Json = Record<string, unknown>;

/** Which way a value goes: sent by clients, or received by them. Defaults and transforms make the two differ. */
export type Direction = 'input' | 'output';

const SCHEMAS = '#/components/schemas/';
const INPUT_SUFFIX = 'Input';
/** A format says what these patterns do, and every reader knows it. */
const FORMATS_WITHOUT_PATTERN = new Set(['uuid', 'date-time', 'email', 'idn-email']);

/** The named schemas of a document: one with an id (`.meta({ id })`) is written once and referred to everywhere else. */
export class Components {
  readonly #schemas = new Map<string, Json>();

  /** The JSON Schema of a value, with its named parts taken out. */
  schemaOf(schema: z.ZodType, direction: Direction): Json {
    const {
      $schema: _dialect,
      $defs,
      ...rest
    } = z.toJSONSchema(schema, {
      io: direction,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        // Left out where a value is transformed, although a number of a query is the same before and after.
        if (zodSchema instanceof z.ZodDefault && typeof zodSchema.def.defaultValue === 'number')
          jsonSchema.default = zodSchema.def.defaultValue;
        if (FORMATS_WITHOUT_PATTERN.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
        // A reader ignores members it does not know, so that an answer may gain one.
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }) as Json;
    const suffix = direction === 'input' ? INPUT_SUFFIX : '';
    const rename = (name: string): string => name.replace('#/$defs/', '') + suffix;
    for (const [name, part] of Object.entries(($defs ?? {}) as Json))
      this.#schemas.set(rename(name), withReferences(part, rename) as Json);
    return withReferences(rest, rename) as Json;
  }

  /** Puts the named schemas into a document, each once: what is sent and received alike needs no second name. */
  finish(document: Json): Json {
    const same = new Set([...this.#schemas.keys()].filter((name) => this.#isLikeOutput(name)));
    // A schema is alike only if all it refers to is.
    for (let size = -1; size !== same.size;) {
      size = same.size;
      for (const name of same)
        if (referencesOf(this.#schemas.get(name)).some((other) => other.endsWith(INPUT_SUFFIX) && !same.has(other)))
          same.delete(name);
    }
    const rename = (reference: string): string => {
      const name = reference.replace(SCHEMAS, '');
      return same.has(name) ? outputNameOf(name) : name;
    };
    const kept = [...this.#schemas].filter(([name]) => !same.has(name) || !this.#schemas.has(outputNameOf(name)));
    const schemas = Object.fromEntries(
      kept
        .map(([name, schema]) => [same.has(name) ? outputNameOf(name) : name, withReferences(schema, rename)] as const)
        .toSorted(([a], [b]) => a.localeCompare(b)),
    );
    const renamed = withReferences(document, rename) as { readonly components?: Json } & Json;
    return { ...renamed, components: { ...renamed.components, schemas } };
  }

  #isLikeOutput(name: string): boolean {
    if (!name.endsWith(INPUT_SUFFIX)) return false;
    const output = this.#schemas.get(outputNameOf(name));
    return output === undefined || comparable(output) === comparable(this.#schemas.get(name));
  }
}

function outputNameOf(name: string): string {
  return name.slice(0, -INPUT_SUFFIX.length);
}

function comparable(schema: Json | undefined): string {
  return JSON.stringify(schema).replaceAll(`${INPUT_SUFFIX}"`, '"');
}

function referencesOf(value: unknown): string[] {
  const found: string[] = [];
  withReferences(value, (reference) => {
    found.push(reference.replace(SCHEMAS, ''));
    return reference;
  });
  return found;
}

/** A copy in which every reference to a schema goes to the name that `rename` says; other references stay. */
function withReferences(value: unknown, rename: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const isReference =
        key === '$ref' && typeof member === 'string' && /^#\/(\$defs|components\/schemas)\//.test(member);
      return [key, isReference ? SCHEMAS + rename(member) : withReferences(member, rename)];
    }),
  );
}
