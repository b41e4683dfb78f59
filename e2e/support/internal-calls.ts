/*
 * Calls between services, by shape: while replicas roll, a service of one release is called by those of another, in both directions
 * (docs/upgrade.md).
 */

/** As much of a JSON Schema as two releases can disagree about. */
export interface Shape {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** What one internal endpoint takes and answers. */
export interface InternalCall {
  readonly route: string;
  readonly asks: Readonly<Record<string, Shape>>;
  /** By status. */
  readonly answers: Readonly<Record<string, Shape>>;
}

interface Schema {
  readonly toJSONSchema: (options: { io: 'input'; unrepresentable: 'any' }) => object;
}

/** An endpoint as the contracts of any release declare it. */
interface Declared {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly body?: Schema | undefined;
  readonly query?: Schema | undefined;
  readonly responses: Readonly<Record<string, Schema | null>>;
}

/** The internal endpoints of a release by id, out of all that its contracts export. */
export function internalCallsOf(contracts: Readonly<Record<string, unknown>>): Record<string, InternalCall> {
  const internal = Object.values(contracts).filter(isInternal);
  return Object.fromEntries(
    internal
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, method, path, body, query, responses }) => [
        id,
        { route: `${method} ${path}`, asks: shapesOf({ body, query }), answers: shapesOf(responses) },
      ]),
  );
}

function isInternal(exported: unknown): exported is Declared {
  if (typeof exported !== 'object' || exported === null || !('responses' in exported)) return false;
  return 'access' in exported && exported.access === 'service';
}

function shapesOf(schemas: Readonly<Record<string, Schema | null | undefined>>): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) =>
      schema ? [[name, shapeOf(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }))]] : [],
    ),
  );
}

function shapeOf({ type, enum: values, required, properties, items }: Shape): Shape {
  return {
    ...(type !== undefined && { type }),
    ...(values && { enum: values }),
    ...(required && { required }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, shape]) => [name, shapeOf(shape)])),
    }),
    ...(items && { items: shapeOf(items) }),
  };
}

/** What fails between programs of two releases, in either direction; nothing, if they can call each other. */
export function callsBrokenBy(
  before: Readonly<Record<string, InternalCall>>,
  now: Readonly<Record<string, InternalCall>>,
): string[] {
  return Object.entries(before).flatMap(([id, old]) => {
    const later = now[id];
    if (later?.route !== old.route) return [`${id}: no longer ${old.route}`];
    const asked = Object.entries(old.asks).flatMap(([part, shape]) => {
      const ask = later.asks[part];
      return [...unmet(shape, ask, `${id} ${part}`), ...unmet(ask, shape, `${id} ${part}, sent to the release before`)];
    });
    const answered = Object.entries(old.answers).flatMap(([status, shape]) => {
      const answer = later.answers[status];
      return [
        ...unmet(shape, answer, `${id} ${status}`),
        ...unmet(answer, shape, `${id} ${status}, read by the release before`),
      ];
    });
    return [...asked, ...answered];
  });
}

/** What of `wanted` the text of a program that says `given` does not meet. */
function unmet(given: Shape | undefined, wanted: Shape | undefined, at: string): string[] {
  if (given === undefined || wanted === undefined) return given === wanted ? [] : [`${at}: on one side only`];
  const missing = (wanted.required ?? []).filter((name) => !given.required?.includes(name));
  const type = JSON.stringify(given.type) === JSON.stringify(wanted.type);
  return [
    ...missing.map((name) => `${at}: needs ${name}`),
    ...(type ? [] : [`${at}: another type`]),
    ...(wanted.enum && given.enum ? given.enum.filter((value) => !wanted.enum?.includes(value)) : []).map(
      (value) => `${at}: does not know ${String(value)}`,
    ),
    ...Object.entries(wanted.properties ?? {}).flatMap(([name, shape]) =>
      given.properties?.[name] ? unmet(given.properties[name], shape, `${at}.${name}`) : [],
    ),
    ...(wanted.items && given.items ? unmet(given.items, wanted.items, `${at}[]`) : []),
  ];
}
