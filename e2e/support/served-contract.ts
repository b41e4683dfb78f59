import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { escapedPointer, placesOf, type Place, type PlacedOperation } from '@turnpike/contracts/openapi';

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
export interface Operation extends PlacedOperation {
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
  readonly places: readonly Place<Operation>[];
  readonly #document: Document;
  readonly #bodies = judge({});
  /** Parameters and headers are text, whatever their type. */
  readonly #texts = judge({ coerceTypes: true });

  constructor(document: unknown) {
    this.#document = document as Document;
    for (const ajv of [this.#bodies, this.#texts]) ajv.addSchema(document as Json, 'document');
    this.places = placesOf(this.#document.paths);
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

  /** A schema by its reference. */
  schema(reference: string): Json {
    return this.#resolved({ $ref: reference }, '').value;
  }

  #placeOf({ method, target }: SentRequest): Place<Operation> | undefined {
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
    const pointer = `${at}/content/${escapedPointer(documented)}/schema`;
    return this.#faults(ajv, pointer, type.endsWith('json') ? parsed(text) : text, 'body');
  }

  /** What was accepted must have been allowed. */
  #requestFaults({ operation, pointer, matches }: Place<Operation>, { target, headers, body }: SentRequest): string[] {
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
