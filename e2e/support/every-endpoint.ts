import { readFile } from 'node:fs/promises';

/** Returns the value of a parameter or of a member of the body by its name in lower case; `undefined` keeps the published example. */
export type ValueOf = (name: string) => string | undefined;

/** A request as it is sent. */
export interface EndpointRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** An endpoint, with some of its optional parameters. */
export interface EndpointVariant {
  operation: string;
  /** Who may call: a name of the document's security schemes, or nothing. */
  security: string | undefined;
  request: (valueOf: ValueOf) => EndpointRequest;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: { enum?: string[]; 'x-instead-of'?: string };
}

interface Operation {
  operationId?: string;
  parameters?: Parameter[];
  security?: Record<string, unknown>[];
  requestBody?: { content: Record<string, { example?: unknown } | undefined> };
}

/**
 * Every endpoint of the OpenAPI document. One with optional parameters comes with none of them, with each alone, and with all, since each
 * may be a statement of its own.
 */
export async function everyEndpoint(): Promise<EndpointVariant[]> {
  const file = new URL('../../docs/openapi.json', import.meta.url);
  const document = JSON.parse(await readFile(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => variantsOf(path, method.toUpperCase(), operation)),
  );
}

function variantsOf(path: string, method: string, operation: Operation): EndpointVariant[] {
  const { operationId, parameters = [], security, requestBody } = operation;
  if (operationId === undefined) return [];
  const optional = parameters.filter((one) => one.in === 'query' && one.required !== true);
  // A parameter in the place of another is not sent beside it.
  const all = optional.filter(({ schema }) => schema['x-instead-of'] === undefined);
  const choices = method === 'GET' ? [[], ...optional.map((one) => [one]), all] : [all];
  return choices.map((chosen) => ({
    operation: operationId,
    security: Object.keys(security?.[0] ?? {})[0],
    request(valueOf) {
      const value = ({ name, schema }: Parameter): string =>
        valueOf(name.toLowerCase()) ?? schema.enum?.[0] ?? 'example';
      const inQuery = parameters.filter((one) => one.in === 'query' && (one.required === true || chosen.includes(one)));
      const query = new URLSearchParams(inQuery.map((one): [string, string] => [one.name, value(one)])).toString();
      const filled = parameters
        .filter((one) => one.in === 'path')
        .reduce((text, one) => text.replace(`{${one.name}}`, encodeURIComponent(value(one))), path);
      return {
        method,
        target: query === '' ? filled : `${filled}?${query}`,
        headers: Object.fromEntries(
          parameters.filter((one) => one.in === 'header').map((one) => [one.name, value(one)]),
        ),
        body: withValues(requestBody?.content['application/json']?.example, valueOf),
      };
    },
  }));
}

/** The example with the given values in the place of its own. */
function withValues(example: unknown, valueOf: ValueOf): unknown {
  if (Array.isArray(example)) return example.map((item) => withValues(item, valueOf));
  if (typeof example !== 'object' || example === null) return example;
  return Object.fromEntries(
    Object.entries(example).map(([name, member]) => [
      name,
      typeof member === 'string' ? (valueOf(name) ?? member) : withValues(member, valueOf),
    ]),
  );
}
