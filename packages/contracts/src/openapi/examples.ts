import type { Json } from './components.ts';

/** Deepest schema that is followed; the contract's are four deep. */
const DEPTH_MAX = 12;

/** What members of these names look like; anything else is made from its type and format. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  action: 'session.opened',
  access_token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkz…',
  refresh_token: 'rt_4vJ9pQ2mX7cKfB1nZs0dTgYw',
  identity_token: 'eyJraWQiOiJhcHBsZSJ9.eyJzdWIiOiIwMDE…',
  id_token: 'eyJraWQiOiJnb29nbGUifQ.eyJzdWIiOiIxMTA…',
  code: '847291',
  state: 'k3Jv0',
  key: 'sk_live_4f0c1aQw7Zp2Lk9Xv8Rt5Yb3Nm6Hs1Dg0Jc2Ee',
  full_key: 'sk_live_4f0c1aQw7Zp2Lk9Xv8Rt5Yb3Nm6Hs1Dg0Jc2Ee',
  prefix: 'sk_live_4f0c1a',
  name: 'Shop',
  display_name: 'Ann Lee',
  full_name: 'Ann Lee',
  description: 'Moon landing, July 20 1969',
  detail: 'Done',
  reason: 'Asked for by the customer',
  operation: 'generate_balanced',
  tier: 'free',
  scope: 'credits:read',
  amount: 100,
  cost: 5,
  balance: 45,
  balance_after: 45,
  lifetime_earned: 50,
  lifetime_spent: 5,
  external_id: 'customer-4711',
  expires_at: '2036-11-28T15:19:29.000Z',
  redirect_uri: 'https://app.example.com/signed-in',
  address: '203.0.113.7',
  user_agent: 'Mozilla/5.0',
  device: 'iPhone',
  method: 'email',
  title: 'Apollo 11',
  query: 'Moon landing, July 20 1969',
};

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57',
  'date-time': '2026-11-28T15:19:29.000Z',
  date: '2026-11-28',
  email: 'ann@example.com',
  'idn-email': 'ann@example.com',
  uri: 'https://app.example.com/',
};

/** A value that a schema allows, the same at every call. `find` returns the schema that a reference names; required members only where `whole` is false. */
export function exampleOf(schema: Json, find: (reference: string) => Json, whole = true): unknown {
  return valueOf(schema, undefined, 0);

  function valueOf(given: Json, name: string | undefined, depth: number): unknown {
    if (depth > DEPTH_MAX) return null;
    const { $ref: reference, ...own } = given;
    const node: Json = typeof reference === 'string' ? { ...find(reference), ...own } : given;
    if (Array.isArray(node['examples'])) return node['examples'][0];
    if ('const' in node) return node['const'];
    if ('default' in node) return node['default'];
    if (Array.isArray(node['enum'])) return node['enum'][0];
    const choice = ['anyOf', 'oneOf'].map((key) => node[key]).find(Array.isArray) as Json[] | undefined;
    if (choice !== undefined) return valueOf(choice[0] ?? {}, name, depth + 1);
    if (Array.isArray(node['allOf'])) {
      const parts = (node['allOf'] as Json[]).map((part) => valueOf(part, name, depth + 1));
      return Object.assign({}, ...parts) as unknown;
    }
    return ofType(node, name, depth);
  }

  function ofType(node: Json, name: string | undefined, depth: number): unknown {
    const { type } = node;
    if (type === 'object' || 'properties' in node || 'additionalProperties' in node) return objectOf(node, depth);
    if (type === 'array') return [valueOf((node['items'] ?? {}) as Json, name?.replace(/s$/, ''), depth + 1)];
    if (type === 'integer' || type === 'number') return numberOf(node, name);
    if (type === 'boolean') return true;
    if (type === 'string') return stringOf(node, name);
    return null;
  }

  function objectOf(node: Json, depth: number): unknown {
    const required = new Set((node['required'] ?? []) as string[]);
    const properties = (node['properties'] ?? {}) as Record<string, Json>;
    const members = Object.entries(properties)
      .filter(([name]) => whole || required.has(name))
      .filter(([, member]) => !(String(member['x-instead-of']) in properties))
      .map(([name, member]) => [name, valueOf(member, name, depth + 1)] as const);
    const rest = node['additionalProperties'];
    if (members.length === 0 && typeof rest === 'object' && rest !== null)
      return { generate_balanced: valueOf(rest as Json, undefined, depth + 1) };
    return Object.fromEntries(members);
  }
}

function numberOf(node: Json, name: string | undefined): number {
  const named = BY_NAME[name ?? ''];
  const [low, high] = [Number(node['minimum'] ?? -Infinity), Number(node['maximum'] ?? Infinity)];
  if (typeof named === 'number' && named >= low && named <= high) return named;
  if (typeof node['exclusiveMinimum'] === 'number') return node['exclusiveMinimum'] + 1;
  return Math.max(1, low === -Infinity ? 1 : low);
}

function stringOf(node: Json, name: string | undefined): string {
  const moment = node['format'] === 'date-time' ? BY_NAME[name ?? ''] : undefined;
  if (typeof moment === 'string') return moment;
  const format = BY_FORMAT[String(node['format'])];
  if (format !== undefined) return format;
  const pattern = typeof node['pattern'] === 'string' ? new RegExp(node['pattern'], 'u') : undefined;
  const named = BY_NAME[name ?? ''];
  const candidates = [named, 'example', 'shop', '1', '123456', 'A'.repeat(43), '1969/apollo-11'];
  const fits = candidates.find(
    (text): text is string => typeof text === 'string' && (pattern === undefined || pattern.test(text)),
  );
  return (fits ?? 'example').slice(0, Number(node['maxLength'] ?? Infinity));
}
