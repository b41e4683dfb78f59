import type { z } from 'zod';
import { takesApiKeys, type Access, type EndpointSpec } from '../endpoint.ts';
import { HEADER, IDEMPOTENCY_KEY_CHARS_MAX } from '../headers.ts';
import {
  COMMON_HEADERS,
  errorCodesOf,
  errorReferences,
  errorResponses,
  errorStyleFor,
  headerReferences,
  RESPONSE_HEADERS,
} from './answers.ts';
import { Components, type Json } from './components.ts';
import { exampleOf } from './examples.ts';
import { tagOf, TAGS } from './tags.ts';

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  public: [],
  user: [{ accessToken: [] }],
  tenant: [{ accessToken: [] }],
  service: [{ serviceKey: [] }],
  admin: [{ adminKey: [] }],
  platform_admin: [{ adminKey: [] }, { accessToken: [] }],
};

const SECURITY_SCHEMES: Json = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token, or an API key.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key with the scope of the route.' },
  serviceKey: { type: 'apiKey', in: 'header', name: 'X-Service-Key', description: 'The key of a service.' },
  adminKey: { type: 'apiKey', in: 'header', name: 'X-Admin-Key', description: "An operator's key." },
};

/** What a document is made from. */
export interface OpenApiOptions {
  readonly endpoints: readonly EndpointSpec[];
  /** Version of the contract, in `info`. */
  readonly version: string;
  /** Base address of the gateway, without a closing slash; without one, the document's own origin. */
  readonly serverUrl?: string;
  /** Operations of no contract, such as those of a routes file: by path, then by method in lower case. */
  readonly more?: Readonly<Record<string, Json>>;
}

/** The OpenAPI 3.1 document of the given endpoints: the same objects that the servers validate with. */
export function buildOpenApi({ endpoints, version, serverUrl, more = {} }: OpenApiOptions): Json {
  const components = new Components();
  const responses = errorResponses((schema) => components.schemaOf(schema, 'output'));
  const paths: Record<string, Json> = {};
  for (const endpoint of [...endpoints].sort(byPath)) {
    const path = endpoint.path.replace(/:([a-z_]+)/gi, '{$1}').replace(/\*([a-z_]+)/gi, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, components) };
  }
  for (const [path, operations] of Object.entries(more)) paths[path] = { ...paths[path], ...operations };
  const document = components.finish({
    openapi: '3.1.0',
    info: {
      title: 'Turnpike',
      version,
      description:
        'Sign-in, keys, rate limits and prepaid credits in front of your backends. Every answer carries the caller’s rate limit.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(serverUrl === undefined ? {} : { servers: [{ url: serverUrl.replace(/\/+$/, '') }] }),
    tags: tagsOf(paths),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, headers: RESPONSE_HEADERS, responses },
  });
  return withExamples(withoutUnused(document));
}

function byPath(a: EndpointSpec, b: EndpointSpec): number {
  return a.path === b.path ? a.method.localeCompare(b.method) : a.path.localeCompare(b.path);
}

/** The sections that have operations. */
function tagsOf(paths: Readonly<Record<string, Json>>): Json[] {
  const used = new Set(operationsOf(paths).flatMap((operation) => operation['tags'] as string[]));
  return Object.entries(TAGS)
    .filter(([name]) => used.has(name))
    .map(([name, description]) => ({ name, description }));
}

function operationOf(endpoint: EndpointSpec, components: Components): Json {
  const keys = takesApiKeys(endpoint);
  const codes = errorCodesOf(endpoint);
  return {
    operationId: endpoint.id,
    tags: [tagOf(endpoint)],
    summary: endpoint.summary,
    ...(endpoint.description ? { description: endpoint.description } : {}),
    security: keys ? [...SECURITY[endpoint.access], { apiKey: [] }] : SECURITY[endpoint.access],
    ...(endpoint.scope ? { 'x-scope': endpoint.scope } : {}),
    ...(endpoint.minRole ? { 'x-min-role': endpoint.minRole } : {}),
    ...(endpoint.acceptsScoped ? { 'x-accepts-scoped': true } : {}),
    ...(endpoint.rateLimit ? { 'x-rate-limit': endpoint.rateLimit } : {}),
    ...(endpoint.endsAccess ? { 'x-ends-access': true } : {}),
    'x-error-codes': endpoint.errors,
    parameters: parametersOf(endpoint, components),
    ...(endpoint.body ? { requestBody: requestBodyOf(endpoint, endpoint.body, components) } : {}),
    responses: { ...successesOf(endpoint, components), ...errorReferences(codes, errorStyleFor(endpoint)) },
  };
}

function parametersOf(endpoint: EndpointSpec, components: Components): Json[] {
  const places = { path: endpoint.params, query: endpoint.query, header: endpoint.headers } as const;
  const parameters: Json[] = Object.entries(places).flatMap(([place, object]) => {
    if (!object) return [];
    const { properties = {}, required = [] } = components.schemaOf(object, 'input') as {
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
      description: 'Repeating a request under its key answers what the first one did, and does nothing again.',
      schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_CHARS_MAX },
    });
  return parameters;
}

function requestBodyOf(endpoint: EndpointSpec, body: z.ZodType, components: Components): Json {
  const schema = components.schemaOf(body, 'input');
  const types = ['application/json', ...(endpoint.bodyTypes ?? [])];
  return {
    required: endpoint.bodyOptional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = { 302: 'Sends the browser on', 304: 'The caller has it' };

function successesOf(endpoint: EndpointSpec, components: Components): Json {
  const headers = [
    ...COMMON_HEADERS,
    ...(endpoint.idempotent ? ['Idempotency-Replayed'] : []),
    ...(endpoint.responseHeaders ?? []),
  ];
  return Object.fromEntries(
    Object.entries(endpoint.responses).map(([status, schema]) => [
      status,
      {
        description: DESCRIPTIONS[status] ?? 'Success',
        headers: headerReferences(status === '302' ? [...headers, 'Location'] : headers),
        ...(schema || endpoint.responseType
          ? {
              content: {
                [endpoint.responseType ?? 'application/json']: schema
                  ? { schema: components.schemaOf(schema, 'output') }
                  : {},
              },
            }
          : {}),
      },
    ]),
  );
}

function operationsOf(paths: Readonly<Record<string, Json>>): Json[] {
  return Object.values(paths).flatMap((operations) => Object.values(operations) as Json[]);
}

/** Leaves out components that nothing refers to. */
function withoutUnused(document: Json): Json {
  const components = document['components'] as Readonly<Record<string, Json>>;
  const used = new Set<string>();
  collect({ paths: document['paths'] });
  return {
    ...document,
    components: Object.fromEntries(
      Object.entries(components).map(([kind, all]) => [
        kind,
        kind === 'securitySchemes'
          ? all
          : Object.fromEntries(Object.entries(all).filter(([name]) => used.has(`#/components/${kind}/${name}`))),
      ]),
    ),
  };

  function collect(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key !== '$ref' || typeof member !== 'string') collect(member);
      else if (!used.has(member)) {
        used.add(member);
        const [, , kind = '', name = ''] = member.split('/');
        collect(components[kind]?.[name]);
      }
    }
  }
}

/** One example for each request body and each successful answer. */
function withExamples(document: Json): Json {
  const { schemas = {} } = document['components'] as { readonly schemas?: Readonly<Record<string, Json>> };
  const find = (reference: string): Json => schemas[reference.replace('#/components/schemas/', '')] ?? {};
  for (const operation of operationsOf(document['paths'] as Record<string, Json>)) {
    const { requestBody, responses } = operation as { requestBody?: Content; responses: Record<string, Content> };
    for (const { content } of [requestBody, ...Object.values(responses)].filter((part) => part !== undefined))
      for (const media of Object.values(content ?? {}))
        if (media['example'] === undefined && media['schema'] !== undefined)
          media['example'] = exampleOf(media['schema'] as Json, find);
  }
  return document;
}

interface Content {
  readonly content?: Readonly<Record<string, Json>>;
}
