import { z } from 'zod';
import { firstPartyEndpoints, type EndpointSpec } from '@turnpike/contracts';

/** One part of a path that stands for a parameter: nothing that a server could read as a way through folders. */
const PARAMETER = '(?!\\.{1,2}(?:/|$))[A-Za-z0-9_.:~-]{1,128}';

/** An operation that pages may call. */
interface Allowed {
  readonly endpoint: EndpointSpec;
  readonly pattern: RegExp;
}

/** What answers with a link that opens without a session, or is one; pages have the list, whose links are the console's own. */
const LINKS: ReadonlySet<string> = new Set(['platform.getExport', 'platform.downloadExport']);

/**
 * Operations that pages may call through the console: those of people and operators that the contracts declare. What answers with a token stays out,
 * since no page is to see one, and so does what a service or an operator's key calls.
 */
const allowedOperations: readonly Allowed[] = firstPartyEndpoints
  .filter(({ access }) => access !== 'service' && access !== 'admin')
  .filter((endpoint) => !LINKS.has(endpoint.id) && !answersToken(endpoint))
  .map((endpoint) => ({ endpoint, pattern: patternOf(endpoint.path) }));

/** The operation of a request; `undefined` where pages have none. */
export function operationOf(method: string, path: string): EndpointSpec | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return allowedOperations.find(({ endpoint, pattern }) => endpoint.method === wanted && pattern.test(path))?.endpoint;
}

/** Whether a success hands out a token, or leads a browser somewhere. */
function answersToken({ responses }: EndpointSpec): boolean {
  return Object.entries(responses).some(
    ([status, body]) =>
      Number(status) >= 300 ||
      (body !== null &&
        JSON.stringify(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' })).includes('access_token')),
  );
}

function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) => (part.startsWith(':') ? PARAMETER : part.replaceAll(/[.]/g, String.raw`\.`)));
  return new RegExp(`^${parts.join('/')}$`);
}
