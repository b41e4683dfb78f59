import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Json = Readonly<Record<string, unknown>>;
interface Part {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
  readonly headers?: Readonly<Record<string, { readonly $ref?: string; readonly required?: boolean }>>;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Json;
  readonly 'x-segments'?: 'any';
}
/** An operation of the document, and where it stands in it. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security?: readonly Json[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Part & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Part>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  /** Its place in the document, as a JSON pointer. */
  readonly pointer: string;
  readonly matches: RegExp;
}

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: unknown;
}
/** Its answer; `text` is `undefined` where nobody waits for its end, as with a stream. */
export interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string | undefined;
}

/** The document that a gateway serves, as a judge of what it takes and answers. */
export class ServedContract {
  readonly places: readonly Place[];
  readonly #document: Document;
  readonly #bodies = judge({});
  /** Parameters and headers are text, whatever their type. */
  readonly #texts = judge({ coerceTypes: true });

  constructor(document: unknown) {
    this.#document = document as Document;
    for (const ajv of [this.#bodies, this.#texts]) ajv.addSchema(document as Json, 'document');
    this.places = placesOf(this.#document);
  }

  /** The document of the gateway at this address. */
  static async of(edgeUrl: string): Promise<ServedContract> {
    const response = await fetch(`${edgeUrl}/openapi.json`);
    if (!response.ok) throw new Error(`${edgeUrl}/openapi.json answered ${response.status}`);
    return new ServedContract(await response.json());
  }

  /** What the document does not allow of a request and its answer, in sentences; empty where it allows all. */
  faultsOf(request: SentRequest, answer: ReadAnswer): string[] {
    const call = `${request.method} ${request.target} → ${answer.status}`;
    const place = this.#placeOf(request);
    // Whatever the path, what the gateway itself refuses is told in one of its styles.
    if (place === undefined) return answer.status < 400 ? [`${call}: there is no such operation`] : [];
    const { operation, pointer } = place;
    const status = ['', `${Math.floor(answer.status / 100)}XX`, 'default'].map((name) => name || String(answer.status));
    const documented = status.find((name) => operation.responses[name] !== undefined);
    if (documented === undefined) return [`${call}: the status is not documented`];
    const part = this.#resolved(operation.responses[documented] ?? {}, `${pointer}/responses/${documented}`);
    return [
      ...this.#headerFaults(part.value, answer),
      ...this.#bodyFaults(part.value, part.pointer, answer.headers, answer.text, this.#bodies),
      ...(answer.status < 400 ? this.#requestFaults(place, request) : []),
    ].map((fault) => `${call}: ${fault}`);
  }

  #placeOf({ method, target }: SentRequest): Place | undefined {
    const path = target.split('?', 1)[0]?.replace(/(.)\/$/, '$1') ?? '';
    return this.places.find((place) => place.method === method && place.matches.test(path));
  }

  #resolved<P extends { readonly $ref?: string }>(value: P, pointer: string): { value: P; pointer: string } {
    if (value.$ref === undefined) return { value, pointer };
    const [, , kind = '', name = ''] = value.$ref.split('/');
    return { value: this.#document.components[kind]?.[name] as P, pointer: value.$ref.slice(1) };
  }

  #headerFaults({ headers: documented = {} }: Part, answer: ReadAnswer): string[] {
    const missing: string[] = [];
    for (const [name, given] of Object.entries(documented)) {
      const { value, pointer } = this.#resolved(given, '');
      const sent = answer.headers.get(name);
      if (sent === null) missing.push(...(value.required === true ? [`the header ${name} is missing`] : []));
      else missing.push(...this.#faults(this.#texts, `${pointer}/schema`, sent, `header ${name}`));
    }
    if (answer.status === 429 && !answer.headers.has('retry-after')) missing.push('the header Retry-After is missing');
    // What the document knows elsewhere and an answer sends without saying so, it keeps from its readers.
    const undeclared = Object.keys(this.#document.components['headers'] ?? {}).filter(
      (name) => answer.headers.has(name) && documented[name] === undefined,
    );
    return [...missing, ...undeclared.map((name) => `the header ${name} is not documented here`)];
  }

  #bodyFaults(part: Part, at: string, headers: Headers, text: string | undefined, ajv: Ajv2020): string[] {
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim() ?? '';
    const { content = {} } = part;
    const documented = [type, '*/*'].find((name) => content[name] !== undefined);
    if (text === undefined || (text === '' && Object.keys(content).length === 0)) return [];
    if (documented === undefined) return [`a body of type "${type}" is not documented`];
    if (content[documented]?.schema === undefined) return [];
    const pointer = `${at}/content/${escaped(documented)}/schema`;
    return this.#faults(ajv, pointer, type.endsWith('json') ? parsed(text) : text, 'body');
  }

  /** What was accepted must have been allowed. */
  #requestFaults({ operation, pointer, matches }: Place, { target, headers, body }: SentRequest): string[] {
    const { pathname, searchParams } = new URL(target, 'http://edge.invalid');
    const inPath = matches.exec(pathname)?.groups ?? {};
    const faults = (operation.parameters ?? []).flatMap((parameter, index) => {
      const { name, required } = parameter;
      const value = {
        path: () => inPath[name] && decodeURIComponent(inPath[name]),
        query: () => searchParams.get(name),
        header: () => headers.get(name),
      }[parameter.in]();
      if (value === undefined || value === null) return required ? [`it was accepted without ${name}`] : [];
      return this.#faults(this.#texts, `${pointer}/parameters/${index}/schema`, value, `accepted ${name}`);
    });
    if (operation.requestBody === undefined || typeof body !== 'string') return faults;
    const { value, pointer: at } = this.#resolved(operation.requestBody, `${pointer}/requestBody`);
    const bodyFaults = this.#bodyFaults(value, at, headers, body, this.#bodies);
    return [...faults, ...bodyFaults.map((fault) => `accepted ${fault}`)];
  }

  #faults(ajv: Ajv2020, pointer: string, value: unknown, what: string): string[] {
    const validate = ajv.getSchema(`document#${pointer}`) as ValidateFunction | undefined;
    if (validate === undefined) throw new Error(`The document has no schema at ${pointer}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${what}${instancePath} ${message}`);
  }
}

function judge(options: object): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, ...options });
  addFormats.default(ajv);
  ajv.addFormat('idn-email', /^[^@]+@[^@]+$/);
  return ajv;
}

/** The most exact first, as the gateway matches. */
function placesOf({ paths }: Document): Place[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
        pointer: `/paths/${escaped(path)}/${method}`,
        matches: patternOf(path, operation.parameters ?? []),
      })),
    )
    .toSorted((a, b) => openness(a.path).localeCompare(openness(b.path)));
}

/** Orders paths segment by segment: literal text before parameters. */
function openness(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment.startsWith('{rest') ? '2' : segment.startsWith('{') ? '1' : '0'))
    .join('');
}

function patternOf(path: string, parameters: readonly Parameter[]): RegExp {
  const segments = path.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return segment.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
    const many = parameters.some((one) => one.name === name && one['x-segments'] === 'any');
    return `(?<${name}>${many ? '.*' : '[^/]+'})`;
  });
  return new RegExp(`^${segments.join('/')}/?$`);
}

/** Part of a JSON pointer inside a URI fragment. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
