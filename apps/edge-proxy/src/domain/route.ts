import type { ErrorStyle, LlmProvider, OperatorNeeds, Role } from '@turnpike/contracts';
import type { PathPattern } from './path-pattern.ts';
import type { Window } from './windows.ts';

/**
 * Who may call a route. `public` reads no credential; `optional` admits callers with a valid credential and with none;
 * `user` takes a session or an API key, `tenant` those of an organisation, `service` and `admin` an operator's key, `platform_admin` that or an
 * operator's session.
 */
export type RouteAccess = 'public' | 'optional' | 'user' | 'tenant' | 'service' | 'admin' | 'platform_admin';

/** What a metered route charges for: an operation of the price list, its name built from members of the JSON body. */
export interface ChargeRule {
  /** `chat`, or a template such as `generate_{preset}`. */
  readonly operation: string;
  /** The template's placeholders: which top-level member of the body fills each, and the value of one that is absent. */
  readonly parameters: readonly { readonly name: string; readonly member: string; readonly fallback: string }[];
}

/**
 * A limit of the route. Per address or principal it counts beside the caller's own, or `alone` in its place; per credential (a secret in a member of the JSON
 * body) it counts instead of the address's, which then pays for every answer that is no success.
 */
export type RouteLimit =
  | { readonly per: 'address' | 'principal'; readonly alone?: true; readonly windows: readonly Window[] }
  | { readonly per: 'credential'; readonly member: string; readonly windows: readonly Window[] };

/** A limit that routes share. */
export interface FamilyLimit {
  readonly name: string;
  /** A key's own limit counts there too. */
  readonly countsKeys: boolean;
  readonly windows: readonly Window[];
}

/** The upstream of routes that the edge answers itself. */
export const OWN_UPSTREAM = 'turnpike:edge';

/** One admission decision: everything the pipeline needs to know about a kind of request before it is forwarded. */
export interface Route {
  readonly id: string;
  readonly pattern: PathPattern;
  /** Upper case; `undefined` admits every method that may be forwarded. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly access: RouteAccess;
  /** Whether an API key may be used at all, and the scope it needs; without one, any key will do. */
  readonly apiKeys: boolean;
  readonly scope: string | undefined;
  /** The least role of a member of an organisation; `undefined` asks for none. */
  readonly minRole: Role | undefined;
  /** Of a `platform_admin` route: what it asks of an operator who is a person. */
  readonly operator: OperatorNeeds | undefined;
  /** Whether a session that acts within an organisation, or an organisation's key, may call it at all. */
  readonly acceptsScoped: boolean;
  /** A bearer token is the upstream's own business: the edge does not judge it, and hands it on. */
  readonly ownBearer: boolean;
  /** Name of the upstream. */
  readonly upstream: string;
  /** `undefined` where using the route costs nothing. */
  readonly charge: ChargeRule | undefined;
  readonly limit: RouteLimit | undefined;
  /** What a person may do on the routes of its family together, in place of the tier's limits. */
  readonly familyLimit: FamilyLimit | undefined;
  /** The caller ends access of its own, which no limit may keep it from. */
  readonly endsAccess: boolean;
  readonly bodyBytesMax: number;
  readonly webSocket: boolean;
  /** Longest wait for the response's first byte, in milliseconds; the upstream's unless the route has its own. */
  readonly headersTimeoutMs: number | undefined;
  /** Pause after which a comment is sent on a silent event stream, in milliseconds; `undefined` sends none. */
  readonly heartbeatMs: number | undefined;
  readonly errorStyle: ErrorStyle;
  /**
   * The vendor whose own API this is, behind the LLM gateway: API keys only, spelled as the vendor's SDK does, counted by the key's own limit;
   * bodies are streamed.
   */
  readonly provider: LlmProvider | undefined;
}
