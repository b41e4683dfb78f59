import type { EndpointSpec } from '../endpoint.ts';

/** The document's sections: name and one sentence, in the order in which a newcomer needs them. */
export const TAGS = {
  'Sign-in': 'Signing in with Apple, Google, GitHub or the demo account, in an app or through the browser.',
  Sessions: 'Tokens, refreshing, and ending access.',
  Account: 'The signed-in person: profile, sign-in by e-mail code, audit trail, erasure and export.',
  'Projects and keys': 'Projects, and the API keys that programmes use.',
  Organisations: 'What is done within an organisation that was selected: `select-tenant` gives the token.',
  'Language models': "The LLM gateway: vendors' own APIs, which their own SDKs describe, and what is beside them.",
  Credits: 'Balance, history and the price list.',
  Usage: 'What was used, what is left, and why a call was refused.',
  Users: 'Users as services and operators see them.',
  Operators: 'Routes for operators, with `X-Admin-Key`.',
  Internal: 'Routes between services, with `X-Service-Key`.',
  Gateway: 'What the gateway itself answers.',
  Backends: 'Routes of the backends behind the gateway, from its routes file.',
} as const;

export type Tag = keyof typeof TAGS;

/** The section that an endpoint belongs to. */
export function tagOf({ family, access, owner, id, path }: EndpointSpec): Tag {
  if (family === 'internal' || path.startsWith('/internal/')) return 'Internal';
  if (access === 'admin' || access === 'platform_admin') return 'Operators';
  if (access === 'tenant') return 'Organisations';
  if (family === 'usage') return 'Usage';
  if (access === 'service') return 'Users';
  if (owner === 'llm') return 'Language models';
  if (owner === 'edge') return 'Gateway';
  if (owner === 'credits') return 'Credits';
  if (/ApiKey|Project|LeakedKey/i.test(id)) return 'Projects and keys';
  if (/[lL]ogout|[rR]efresh|[sS]ession|revokeToken|jwks|[eE]xchange/.test(id)) return 'Sessions';
  return /\/auth\/(apple|google|github|demo|link|register|verify-email|login|otp)/.test(path) ? 'Sign-in' : 'Account';
}
