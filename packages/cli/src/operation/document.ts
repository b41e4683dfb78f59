import { NotFoundError, Turnpike, type CallOptions } from '@turnpike/client';
import { firstPartyEndpoints } from '@turnpike/contracts';
import { buildOpenApi, CONTRACT_VERSION } from '@turnpike/contracts/openapi';

/** The part of JSON Schema that the documents of a gateway use, as far as a command needs it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  /** It stands for any number of segments. */
  readonly 'x-segments'?: 'any';
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Alternatives, each a set of schemes; none for what everybody may call. */
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
}

/** What a gateway says of what it answers. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** An operation, and where it is called. */
export interface Operation extends DocumentedOperation {
  /** Upper case. */
  readonly method: string;
  /** With `{name}` parameters. */
  readonly path: string;
}

/** A service's key opens these, and no person has one. */
const OF_SERVICES = 'serviceKey';

/**
 * The document that the gateway at `url` serves: of its own release, and with the routes of its routes file. One that serves none
 * (`SERVE_DOCS=false`) has that of this release, without those routes. Throws what the client throws.
 */
export async function documentOf(url: string, options: CallOptions = {}): Promise<OpenApiDocument> {
  try {
    return await new Turnpike({ baseUrl: url }).request<OpenApiDocument>('/openapi.json', options);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return documentOfRelease();
  }
}

/** The document of this release. */
export function documentOfRelease(): OpenApiDocument {
  const endpoints = firstPartyEndpoints.filter(({ path }) => !path.startsWith('/internal/'));
  return buildOpenApi({ endpoints, version: CONTRACT_VERSION }) as unknown as OpenApiDocument;
}

/** The operations that people and programs may call, by id. */
export function operationsOf(document: OpenApiDocument): ReadonlyMap<string, Operation> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  return new Map(
    all
      .filter(({ security = [] }) => !security.some((schemes) => OF_SERVICES in schemes))
      .toSorted((a, b) => a.operationId.localeCompare(b.operationId))
      .map((operation) => [operation.operationId, operation]),
  );
}

/** The names of the schemes that open an operation; none for what everybody may call. */
export function schemesOf({ security = [] }: Operation): readonly string[] {
  return security.flatMap((schemes) => Object.keys(schemes));
}

/** Whether an operation may be called without a credential. */
export function isOpen({ security = [] }: Operation): boolean {
  return security.length === 0 || security.some((schemes) => Object.keys(schemes).length === 0);
}
