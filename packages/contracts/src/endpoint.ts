import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { OperatorRole, Role } from './platform/roles.ts';
import type { EndpointStyle } from './problem.ts';

/** The service that serves an endpoint. */
export type Owner = 'auth' | 'users' | 'credits' | 'llm' | 'usage' | 'edge' | 'example';

/**
 * Who may call. `user` takes a session's access token, and an API key where `scope` is set; `tenant` the same of a selected organisation, with
 * `minRole`; `admin` an operator's key, `platform_admin` that key or a session of an operator.
 */
export type Access = 'public' | 'user' | 'tenant' | 'service' | 'admin' | 'platform_admin';

/** The families of routes; each has its own response style. */
export type Family = 'gateway' | 'account' | 'platform' | 'llm' | 'usage' | 'internal' | 'well-known' | 'downstream';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How often: so many a minute, or in a window of another length. */
export type Allowance = { readonly perMinute: number } | { readonly requests: number; readonly windowSeconds: number };

/**
 * Requests a minute of one person to all routes of the Platform API, and of the management of the LLM gateway, together. They replace the limits of the caller's tier there and count
 * apart from them: a tier of 10 a minute would make a console unusable.
 */
export const PLATFORM_REQUESTS_PER_MINUTE = 300;

/** A limit of its own, beside the caller's tier. */
export type EndpointRateLimit =
  /** Counted by the client's address or the authenticated principal, on top of the caller's own limits. */
  | ({
      readonly per: 'address' | 'principal';
      /** It stands in the place of the caller's own limits: for senders that a stranger's would stop. */
      readonly alone?: true;
    } & Allowance)
  /**
   * The secret in this member of the JSON body is what the caller is known by. It is counted in place of the client's address, since many
   * clients share an address; the address pays for every answer that is no success (4xx).
   */
  | ({ readonly per: 'credential'; readonly member: string } & Allowance);

/** Requests a minute of one person through the console, on all routes together. They count apart from all other limits of that person. */
export const CONSOLE_REQUESTS_PER_MINUTE = 600;

/** Method, path, who may call, shapes and error codes of one endpoint: what servers, clients, tests and the OpenAPI document share. */
export interface EndpointSpec {
  /** `<owner>.<operation>`, unique; becomes the OpenAPI operationId. */
  readonly id: string;
  readonly owner: Owner;
  readonly family: Family;
  readonly method: Method;
  /** Absolute, with `:name` parameters. A trailing slash is ignored when matching. */
  readonly path: string;
  readonly access: Access;
  /**
   * Of a `tenant` endpoint, and of a `user` endpoint with a token of an organisation: the least role of the member. An API key of the
   * organisation needs `scope` instead.
   */
  readonly minRole?: Role;
  /** Of a `platform_admin` endpoint: the least role of an operator who is a person. Unless told, every operator reads and `admin` acts. */
  readonly operatorRole?: OperatorRole;
  /** Of a `platform_admin` endpoint: what it does cannot be taken back, or moves credits, so a person has to have signed in a short while ago. */
  readonly risky?: true;
  /** Of a `user` endpoint: a token of a selected organisation will do as well; otherwise it is refused (`auth.forbidden`). */
  readonly acceptsScoped?: true;
  /** The scope an API key needs here; without it API keys are refused (`auth.scope_missing`). */
  readonly scope?: string;
  /** Of a `user` endpoint: any API key will do, whatever its scopes. */
  readonly anyKey?: true;
  /**
   * Of a `user` endpoint that is no GET: also open to a session of the demo account. Everybody shares that account, so its sessions may use
   * and read, and what changes or ends something for others is refused (`auth.forbidden`) unless this is set.
   */
  readonly openToShared?: true;
  /** Of a `public` endpoint: a bearer token is no session's but the endpoint's own, so the edge hands it on. */
  readonly ownBearer?: true;
  readonly rateLimit?: EndpointRateLimit;
  /** The caller ends access of its own (a session, a key, the account): it is never kept waiting by a rate limit. */
  readonly endsAccess?: true;
  /** The route moves credits or creates a key, so it honours `Idempotency-Key`. */
  readonly idempotent?: true;
  /** Called for every request that passes the edge, or nearly: services answer its usual form beside Express (ADR 16). */
  readonly hot?: true;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Where a body may be left out altogether (an absent body is validated as `{}`). */
  readonly bodyOptional?: true;
  /** Body media types accepted besides JSON. */
  readonly bodyTypes?: readonly 'application/x-www-form-urlencoded'[];
  /** Of a `public` endpoint: its sender has signed the bytes of the body, so its handler gets them too. */
  readonly signedBody?: true;
  /** Largest accepted body, in bytes; 64 KiB unless told. */
  readonly bodyBytesMax?: number;
  /** Success statuses and their bodies; `null` for none, and for streams. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>;
  /** Media type of a success; JSON unless told. One that is no text has no schema. */
  readonly responseType?: 'text/html' | 'application/gzip';
  /** Headers of a success beside those that every answer has. */
  readonly responseHeaders?: readonly ('X-Total-Count' | 'Link' | 'Content-Disposition')[];
  readonly errors: readonly ErrorCode[];
}

/** Declares an endpoint, keeping the exact types of its schemas for servers and clients. */
export function defineEndpoint<const E extends EndpointSpec>(spec: E): E {
  return spec;
}

/** Whether an API key may be used. */
export function takesApiKeys({ access, scope, anyKey }: EndpointSpec): boolean {
  return (access === 'user' || access === 'tenant') && (scope !== undefined || anyKey === true);
}

/** Whether a session of the shared demo account is refused here. */
export function refusesShared({ access, method, openToShared }: EndpointSpec): boolean {
  return (access === 'user' || access === 'tenant') && method !== 'GET' && openToShared !== true;
}

/** The error style of a family. */
export function styleOf(family: Family): EndpointStyle {
  if (family === 'account') return 'envelope';
  return family === 'downstream' ? 'detail' : 'problem';
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Sent<T> = T extends z.ZodType ? z.input<T> : undefined;

/** What a handler receives of a part of the request (`params`, `query`, `headers`, `body`). */
export type Input<E extends EndpointSpec, Part extends 'params' | 'query' | 'headers' | 'body'> = Parsed<E[Part]>;

/** What a client sends as a part of the request. */
export type Outgoing<E extends EndpointSpec, Part extends 'params' | 'query' | 'headers' | 'body'> = Sent<E[Part]>;

/** The JSON body of any success response of the endpoint. */
export type Output<E extends EndpointSpec> = {
  [S in keyof E['responses']]: E['responses'][S] extends z.ZodType ? z.output<E['responses'][S]> : undefined;
}[keyof E['responses']];
