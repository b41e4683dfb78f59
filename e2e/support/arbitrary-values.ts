import fc from 'fast-check';

type Schema = Readonly<Record<string, unknown>>;
/** Finds the schema that a reference names. */
export type Find = (reference: string) => Schema;

/** Deepest schema that is followed. */
const DEPTH_MAX = 8;
/** Longest text that is made where a schema sets no limit, in characters. */
const CHARS_MAX = 40;
/** Fixed, so that a seed means the same values on any day. */
const DATES = { min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true };

/** What breaks programmes that trust their input. */
const ODD: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e',
  "'; --",
  '%00',
  'NaN',
  '-1',
  '9'.repeat(40),
  'x'.repeat(9_000),
  0,
  -1,
  1.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  5e-324,
  [],
  {},
  [[[[[]]]]],
  { __proto__: 1, constructor: 2, toString: 3 },
];

/** Bodies for a schema: ones that it allows, ones with something odd in one place, and any JSON at all. */
export function bodiesFor(schema: Schema, find: Find): fc.Arbitrary<unknown> {
  const allowed = allowedBy(schema, find);
  const mutated = fc.tuple(allowed, fc.nat(), odd()).map(([value, at, with_]) => replaced(value, at, with_));
  return fc.oneof(
    { arbitrary: allowed, weight: 3 },
    { arbitrary: mutated, weight: 4 },
    { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
  );
}

/** Texts for a parameter: what its schema allows, and odd ones. */
export function textsFor(schema: Schema, find: Find): fc.Arbitrary<string> {
  const allowed = allowedBy(schema, find).map(textOf);
  const others = fc.oneof(odd().map(textOf), fc.string({ maxLength: CHARS_MAX, unit: 'binary' }));
  return fc
    .oneof({ arbitrary: allowed, weight: 2 }, { arbitrary: others, weight: 1 })
    .map((text) => text.toWellFormed());
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function odd(): fc.Arbitrary<unknown> {
  return fc.constantFrom(...ODD);
}

/** Values that a schema allows. */
function allowedBy(given: Schema, find: Find, depth = 0): fc.Arbitrary<unknown> {
  const { $ref: reference, ...own } = given;
  const schema: Schema = typeof reference === 'string' ? { ...find(reference), ...own } : given;
  if (depth > DEPTH_MAX) return fc.constant(null);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => allowedBy(choice, find, depth + 1)));
  const { type } = schema;
  if (Array.isArray(type))
    return fc.oneof(...type.map((one: unknown) => allowedBy({ ...schema, type: one }, find, depth + 1)));
  if (type === 'object' || 'properties' in schema) return objects(schema, find, depth);
  if (type === 'array') {
    const maxLength = Math.min(Number(schema['maxItems'] ?? 3), 3);
    const minLength = Math.min(Number(schema['minItems'] ?? 0), maxLength);
    return fc.array(allowedBy((schema['items'] ?? {}) as Schema, find, depth + 1), { minLength, maxLength });
  }
  if (type === 'integer' || type === 'number') return numbers(schema, type);
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return type === 'string' ? strings(schema) : fc.jsonValue({ maxDepth: 1 });
}

function objects(schema: Schema, find: Find, depth: number): fc.Arbitrary<unknown> {
  const members = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  const requiredKeys = ((schema['required'] ?? []) as string[]).filter((name) =>
    members.some(([known]) => known === name),
  );
  return fc.record(Object.fromEntries(members.map(([name, member]) => [name, allowedBy(member, find, depth + 1)])), {
    requiredKeys,
  });
}

function numbers(schema: Schema, type: 'integer' | 'number'): fc.Arbitrary<number> {
  const step = type === 'integer' ? 1 : 0.001;
  const least =
    schema['exclusiveMinimum'] === undefined ? schema['minimum'] : Number(schema['exclusiveMinimum']) + step;
  const most = schema['exclusiveMaximum'] === undefined ? schema['maximum'] : Number(schema['exclusiveMaximum']) - step;
  const min = Number(least ?? -1_000_000);
  const max = Math.max(min, Number(most ?? 1_000_000));
  return type === 'integer'
    ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
    : fc.double({ min, max, noNaN: true });
}

function strings({ format, pattern, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid({ version: 7 });
  if (format === 'date-time') return fc.date(DATES).map((date) => date.toISOString());
  if (format === 'email' || format === 'idn-email') return fc.emailAddress();
  if (format === 'uri') return fc.webUrl();
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'));
  const min = Number(minLength ?? 0);
  return fc.string({ minLength: min, maxLength: Math.max(min, Math.min(Number(maxLength ?? CHARS_MAX), CHARS_MAX)) });
}

/** A copy with something else in one of its places, counted from the top. */
function replaced(value: unknown, at: number, other: unknown): unknown {
  const count = (node: unknown): number =>
    typeof node === 'object' && node !== null
      ? 1 + Object.values(node).reduce<number>((sum, part) => sum + count(part), 0)
      : 1;
  let left = at % count(value);
  const copy = (node: unknown): unknown => {
    if (left === 0) {
      left = -1;
      return other;
    }
    left -= 1;
    if (Array.isArray(node)) return node.map(copy);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, copy(member)]));
  };
  return copy(value);
}
