import { z } from 'zod';
import { type Access, type EndpointSpec, styleOf } from './endpoint.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import { HEADER } from './headers.ts';
import type { ErrorStyle } from './problem.ts';

type Json = Record<string, unknown>;

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  public: [],
  user: [{ accessToken: [] }],
  service: [{ serviceKey: [] }],
  admin: [{ adminKey: [] }],
};

/** How errors of each style look; RFC 9457 for the first. */
const ERROR_SCHEMAS: Readonly<
  Record<ErrorStyle, { readonly name: string; readonly mediaType: string; readonly schema: z.ZodType }>
> = {
  problem: {
    name: 'Problem',
    mediaType: 'application/problem+json',
    schema: z.looseObject({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: z.string(),
      request_id: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  },
  envelope: {
    name: 'EnvelopeError',
    mediaType: 'application/json',
    schema: z.object({
      success: z.literal(false),
      data: z.null(),
      error: z.object({ code: z.string(), message: z.string(), details: z.looseObject({ request_id: z.string() }) }),
    }),
  },
  detail: { name: 'Detail', mediaType: 'application/json', schema: z.object({ detail: z.string() }) },
};

/** Answers that any endpoint may give through the gateway, so no contract repeats them. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'request.malformed',
  'rate_limit.exceeded',
  'service.unavailable',
  'service.internal',
];
const ACCESS_ERRORS: Readonly<Record<Access, readonly ErrorCode[]>> = {
  public: [],
  user: ['auth.missing', 'auth.jwt_invalid', 'auth.jwt_expired', 'auth.session_revoked', 'auth.ambiguous'],
  service: ['auth.service_key_invalid', 'auth.service_key_unconfigured'],
  admin: ['auth.admin_key_invalid'],
};

/** The OpenAPI 3.1 document of the given endpoints: the same objects that the servers validate with. */
export function buildOpenApi(endpoints: readonly EndpointSpec[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of [...endpoints].sort(byPath)) {
    const path = endpoint.path.replace(/:([a-z_]+)/gi, '{$1}').replace(/\*([a-z_]+)/gi, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Turnpike',
      version,
      description:
        'Sign-in, keys, rate limits and prepaid credits in front of your backends. Every response carries the caller’s rate limit.',
    },
    paths,
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token, or an API key.',
        },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        serviceKey: { type: 'apiKey', in: 'header', name: 'X-Service-Key' },
        adminKey: { type: 'apiKey', in: 'header', name: 'X-Admin-Key' },
      },
      schemas: Object.fromEntries(
        Object.values(ERROR_SCHEMAS).map(({ name, schema }) => [name, schemaOf(schema, 'output')]),
      ),
    },
  };
}

function byPath(a: EndpointSpec, b: EndpointSpec): number {
  return a.path === b.path ? a.method.localeCompare(b.method) : a.path.localeCompare(b.path);
}

function operationOf(endpoint: EndpointSpec): Json {
  const security =
    endpoint.scope === undefined ? SECURITY[endpoint.access] : [...SECURITY[endpoint.access], { apiKey: [] }];
  return {
    operationId: endpoint.id,
    tags: [endpoint.family === 'internal' ? `internal: ${endpoint.owner}` : endpoint.owner],
    summary: endpoint.summary,
    ...(endpoint.description ? { description: endpoint.description } : {}),
    security,
    ...(endpoint.scope ? { 'x-scope': endpoint.scope } : {}),
    ...(endpoint.rateLimit ? { 'x-rate-limit': endpoint.rateLimit } : {}),
    parameters: parametersOf(endpoint),
    ...(endpoint.body ? { requestBody: requestBodyOf(endpoint) } : {}),
    responses: { ...successesOf(endpoint), ...failuresOf(endpoint) },
  };
}

function parametersOf(endpoint: EndpointSpec): Json[] {
  const places = { path: endpoint.params, query: endpoint.query, header: endpoint.headers } as const;
  const parameters: Json[] = Object.entries(places).flatMap(([place, object]) => {
    if (!object) return [];
    const { properties = {}, required = [] } = schemaOf(object, 'input') as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema,
    }));
  });
  if (endpoint.idempotent)
    parameters.push({
      name: HEADER.idempotencyKey,
      in: 'header',
      required: false,
      schema: { type: 'string', maxLength: 255 },
    });
  return parameters;
}

function requestBodyOf(endpoint: EndpointSpec): Json {
  const schema = schemaOf(endpoint.body ?? z.unknown(), 'input');
  const types = ['application/json', ...(endpoint.bodyTypes ?? [])];
  return {
    required: endpoint.bodyOptional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function successesOf(endpoint: EndpointSpec): Json {
  return Object.fromEntries(
    Object.entries(endpoint.responses).map(([status, schema]) => [
      status,
      {
        description: 'Success',
        ...(schema ? { content: { 'application/json': { schema: schemaOf(schema, 'output') } } } : {}),
      },
    ]),
  );
}

function failuresOf(endpoint: EndpointSpec): Json {
  const { name, mediaType } = ERROR_SCHEMAS[styleOf(endpoint.family)];
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of [...endpoint.errors, ...ACCESS_ERRORS[endpoint.access], ...COMMON_ERRORS]) {
    const { status } = ERRORS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: [...codes].join(', '),
        content: { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` } } },
      },
    ]),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}
