/** A JSON value of the OpenAPI document. */
type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Json;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Json }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const IDEMPOTENCY_KEY = 'idempotency-key';
const PARTS = { path: 'params', query: 'query', header: 'headers' } as const;

/**
 * The text of the published package's `operations.ts`: the types of every operation of the document, and what the client must know of them at
 * run time (`facts`).
 */
export function emitOperations(document: Document, facts: Json, callOptions: string): string {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const schemas = Object.entries(document.components.schemas);
  return [
    callOptions,
    ...schemas.map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`),
    'export interface OperationFacts { readonly method: string; readonly path: string; readonly access: "public" | "user" | "tenant" | "service" | "admin" | "platform_admin"; readonly idempotent: boolean }',
    `export interface Operations {\n${operations.map(memberOf).join('\n')}\n}`,
    `export const OPERATIONS: Readonly<Record<string, OperationFacts>> = ${JSON.stringify(facts)};`,
  ].join('\n\n');
}

function memberOf(operation: Operation): string {
  return `  ${JSON.stringify(operation.operationId)}: { readonly takes: ${takesOf(operation)}; readonly answers: ${answersOf(operation)} };`;
}

function takesOf({ parameters, requestBody }: Operation): string {
  const parts = Object.entries(PARTS).flatMap(([place, part]) => {
    const own = parameters.filter((parameter) => parameter.in === place && parameter.name !== IDEMPOTENCY_KEY);
    if (own.length === 0) return [];
    const optional = own.some(({ required }) => required) ? '' : '?';
    const members = own.map(
      ({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)}`,
    );
    return [`readonly ${part}${optional}: { ${members.join('; ')} }`];
  });
  const schema = requestBody?.content['application/json']?.schema;
  if (schema !== undefined) parts.push(`readonly body${requestBody?.required ? '' : '?'}: ${typeOf(schema)}`);
  return `{ ${parts.join('; ')} } & Omit<CallOptions, "headers">`;
}

/** The answer of a success, without the Account API's envelope. */
function answersOf({ responses }: Operation): string {
  const schemas = Object.entries(responses)
    .filter(([status]) => Number(status) < 400)
    .map(([, { content }]) => content?.['application/json']?.schema);
  const types = schemas.map((schema) => {
    if (schema === undefined) return 'undefined';
    const { success, data } = (schema['properties'] ?? {}) as { readonly success?: Json; readonly data?: Json };
    return typeOf(success?.['const'] === true && data !== undefined ? data : schema);
  });
  return [...new Set(types)].join(' | ');
}

/** A JSON Schema as a TypeScript type. What it cannot say is `unknown`. */
function typeOf(schema: Json): string {
  const { $ref: reference, type } = schema;
  if (typeof reference === 'string') return reference.replace('#/components/schemas/', '');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  for (const [key, joint] of [
    ['anyOf', ' | '],
    ['oneOf', ' | '],
    ['allOf', ' & '],
  ] as const)
    if (Array.isArray(schema[key])) return `(${(schema[key] as Json[]).map(typeOf).join(joint)})`;
  if (Array.isArray(type)) return `(${type.map((one: unknown) => typeOf({ ...schema, type: one })).join(' | ')})`;
  if (type === 'string' || type === 'boolean' || type === 'null') return type;
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return `readonly (${typeOf((schema['items'] ?? {}) as Json)})[]`;
  return type === 'object' || 'properties' in schema ? objectOf(schema) : 'unknown';
}

function objectOf(schema: Json): string {
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const members = Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(
    ([name, member]) =>
      `readonly ${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(member)}${required.has(name) ? '' : ' | undefined'}`,
  );
  const rest = schema['additionalProperties'];
  const index =
    typeof rest === 'object' && rest !== null ? `Readonly<Record<string, ${typeOf(rest as Json)}>>` : undefined;
  if (members.length === 0) return index ?? '{}';
  return `{ ${members.join('; ')} }${index === undefined ? '' : ` & ${index}`}`;
}
