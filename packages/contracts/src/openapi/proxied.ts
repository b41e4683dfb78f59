import { ERRORS, type ErrorCode } from '../errors.ts';
import { COMMON_HEADERS, CREDIT_HEADERS, errorReferences, headerReferences } from './answers.ts';
import type { Json } from './components.ts';

/** A route of a routes file, as the document tells of it. */
export interface ProxiedRoute {
  readonly id: string;
  /** With `:name` or `{name}` segments, `*` and `**`. */
  readonly path: string;
  /** Upper case; `undefined` where any method is forwarded. */
  readonly methods: readonly string[] | undefined;
  readonly access: 'public' | 'optional' | 'user';
  /** Whether API keys are taken, and the scope they need. */
  readonly apiKeys: boolean;
  readonly scope: string | undefined;
  /** Operation of the price list, or a template of one such as `generate_{preset}`. */
  readonly operation: string | undefined;
  readonly bodyBytesMax: number;
  readonly webSocket: boolean;
}

const ANYTHING: Json = { '*/*': {} };
/** What "any method" is listed as. */
const ANY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ALWAYS: readonly ErrorCode[] = [
  'request.malformed',
  'request.timeout',
  'request.headers_too_large',
  'route.method_not_allowed',
  'rate_limit.exceeded',
  'service.unavailable',
  'service.internal',
  'upstream.bad_gateway',
  'upstream.timeout',
];
const WITH_CREDENTIAL: readonly ErrorCode[] = ['auth.missing', 'auth.scope_missing'];

/** Operations of proxied routes, by path and method. The backend's own answers are its own to describe. */
export function proxiedPaths(routes: readonly ProxiedRoute[]): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const { path, parameters } = templateOf(route.path);
    const methods = route.methods ?? ANY_METHOD;
    for (const method of methods) {
      const id = methods.length === 1 ? route.id : `${route.id}.${method.toLowerCase()}`;
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, method, id, parameters) };
    }
  }
  return paths;
}

function operationOf(route: ProxiedRoute, method: string, id: string, parameters: readonly Json[]): Json {
  const { access, apiKeys, scope, operation, bodyBytesMax, webSocket } = route;
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'DELETE';
  const codes: ErrorCode[] = [
    ...ALWAYS,
    ...(access === 'public' ? [] : WITH_CREDENTIAL),
    ...(operation === undefined ? [] : (['auth.insufficient_credits'] as const)),
    ...(hasBody ? (['request.too_large'] as const) : []),
  ];
  const credentials = [{ accessToken: [] }, ...(apiKeys ? [{ apiKey: [] }] : [])];
  const credits = operation === undefined ? [] : CREDIT_HEADERS;
  const headers = headerReferences([...COMMON_HEADERS, ...credits]);
  return {
    operationId: id,
    tags: ['Backends'],
    summary: `${method} ${route.path}`,
    description: sentencesOf(route),
    security: access === 'public' ? [] : access === 'optional' ? [{}, ...credentials] : credentials,
    ...(scope === undefined ? {} : { 'x-scope': scope }),
    ...(operation === undefined ? {} : { 'x-operation': operation }),
    ...(webSocket ? { 'x-websocket': true } : {}),
    parameters,
    ...(hasBody ? { requestBody: { description: `At most ${bodyBytesMax} bytes.`, content: { '*/*': {} } } } : {}),
    responses: {
      '2XX': { description: "The backend's answer", headers, content: ANYTHING },
      ...errorReferences(
        codes.toSorted((a, b) => ERRORS[a].status - ERRORS[b].status),
        'backend',
      ),
      default: { description: 'Any other answer of the backend', headers, content: ANYTHING },
    },
  };
}

function sentencesOf({ access, apiKeys, scope, operation, webSocket }: ProxiedRoute): string {
  const who = {
    public: 'Open to everybody.',
    optional: 'Open to everybody; a credential names the caller.',
    user: 'For signed-in callers.',
  }[access];
  const keys = apiKeys
    ? scope === undefined
      ? ' Any API key will do.'
      : ` API keys need the scope \`${scope}\`.`
    : '';
  const price = operation === undefined ? '' : ` Charged as \`${operation}\` of the price list.`;
  return `${who}${access === 'public' ? '' : keys}${price}${webSocket ? ' Speaks WebSocket.' : ''}`;
}

/** OpenAPI has no wildcards: one becomes a parameter. */
function templateOf(pattern: string): { readonly path: string; readonly parameters: Json[] } {
  const parameters: Json[] = [];
  const segments = pattern.split('/').map((segment) => {
    const name = /^(?::(\w+)|\{(\w+)\}|(\*{1,2}))$/.exec(segment);
    if (name === null) return segment;
    const named = name[1] ?? name[2];
    const rests = parameters.filter((known) => known['x-segments'] === 'any').length;
    const parameter = named ?? `rest${rests || ''}`;
    parameters.push({
      name: parameter,
      in: 'path',
      required: true,
      ...(named === undefined ? { description: 'Any number of segments.', 'x-segments': 'any' } : {}),
      schema: { type: 'string' },
    });
    return `{${parameter}}`;
  });
  return { path: segments.join('/'), parameters };
}
