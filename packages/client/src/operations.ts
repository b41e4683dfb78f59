import {
  firstPartyEndpoints,
  type accountEndpoints,
  type authEndpoints,
  type creditsEndpoints,
  type EndpointSpec,
  type llmEndpoints,
  type Outgoing,
  type Output,
  type platformEndpoints,
  type usageEndpoints,
  type usersEndpoints,
} from '@turnpike/contracts';

/*
 * In the repository the operations are the contracts themselves; `build/` writes the same two exports out for the
 * published package.
 */

type PublicEndpoint =
  | (typeof accountEndpoints)[number]
  | (typeof authEndpoints)[number]
  | (typeof creditsEndpoints)[number]
  | (typeof llmEndpoints)[number]
  | (typeof platformEndpoints)[number]
  | (typeof usageEndpoints)[number]
  | (typeof usersEndpoints)[number];
type EndpointOf<Id extends string> = Extract<PublicEndpoint, { readonly id: Id }>;

type Part<E extends EndpointSpec, P extends 'params' | 'query' | 'headers' | 'body'> = E[P] extends undefined
  ? { readonly [K in P]?: undefined }
  : undefined extends Outgoing<E, P>
    ? { readonly [K in P]?: undefined }
    : P extends 'query'
      ? { readonly [K in P]?: Outgoing<E, P> }
      : E extends { readonly bodyOptional: true }
        ? { readonly [K in P]?: Outgoing<E, P> }
        : { readonly [K in P]: Outgoing<E, P> };

type Flat<T> = { [K in keyof T]: T[K] };

/** The Account API's answers without their envelope. */
type Unwrapped<T> = T extends { readonly success: true; readonly data: infer Data } ? Data : T;

/** What any call may be given besides what its operation takes. */
export interface CallOptions {
  /** Kept over all repetitions of the call; made up where the operation honours one and none is given. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time until an answer begins, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Repetitions after the first attempt. */
  readonly retriesMax?: number | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Both are distributive, so that a union of endpoints stays a union instead of becoming the product of its parts. */
type TakesOf<E extends EndpointSpec> = E extends EndpointSpec
  ? Flat<Part<E, 'params'> & Part<E, 'query'> & Part<E, 'headers'> & Part<E, 'body'> & Omit<CallOptions, 'headers'>>
  : never;
type AnswersOf<E extends EndpointSpec> = E extends EndpointSpec ? Unwrapped<Output<E>> : never;

/** What each operation takes and what it answers, by its id in the OpenAPI document. */
export type Operations = {
  [Id in PublicEndpoint['id']]: {
    readonly takes: TakesOf<EndpointOf<Id>>;
    readonly answers: AnswersOf<EndpointOf<Id>>;
  };
};

/** What the client must know of an operation at run time. */
export interface OperationFacts {
  readonly method: string;
  /** With `:name` parameters. */
  readonly path: string;
  readonly access: 'public' | 'user' | 'tenant' | 'service' | 'admin' | 'platform_admin';
  /** It honours `Idempotency-Key`. */
  readonly idempotent: boolean;
}

/** The operations by id. */
export const OPERATIONS: Readonly<Record<string, OperationFacts>> = Object.fromEntries(
  firstPartyEndpoints.map(({ id, method, path, access, idempotent = false }) => [
    id,
    { method, path, access, idempotent },
  ]),
);
