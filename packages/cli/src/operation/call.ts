import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { BackendCall, Credentials, Turnpike } from '@turnpike/client';
import { UsageError } from '../api/commands.ts';
import { readable } from '../api/print.ts';
import type { Caller } from '../config.ts';
import { isOpen, schemesOf, type OpenApiDocument, type Operation } from './document.ts';
import { fieldsOf, textOf, valueOf, type Field } from './fields.ts';

/** What was given to an operation: its fields by name, and the rest. */
export interface GivenFields {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** JSON, `@FILE`, or `-` for the standard input. */
  readonly body: string | undefined;
  /** `NAME=VALUE`, for what the document does not tell of. */
  readonly query: readonly string[];
}

/** A call as it goes over the wire, without who calls. */
export interface PlannedCall extends BackendCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const IDEMPOTENCY_KEY = 'idempotency-key';
const JSON_TYPE = 'application/json';

/** There is nothing to call this operation with; the message says what to set. */
export class NoCredentialError extends Error {
  override readonly name = 'NoCredentialError';
}

/** What is sent for what was given. Throws `UsageError`. */
export async function plan(operation: Operation, document: OpenApiDocument, given: GivenFields): Promise<PlannedCall> {
  const fields = fieldsOf(operation, document);
  const values = new Map(
    fields.flatMap((field) => {
      const texts = given.fields.get(field.name);
      return texts === undefined ? [] : [[field, valueOf(field, texts, document)] as const];
    }),
  );
  const of = (place: Field['place']): [string, unknown][] =>
    [...values].filter(([field]) => field.place === place).map(([{ name }, value]) => [name, value]);
  const body = await bodyOf(operation, given.body, Object.fromEntries(of('body')));
  for (const field of fields) if (field.required && !values.has(field) && !isIn(field, body.json)) throw missing(field);
  const { [IDEMPOTENCY_KEY]: key, ...headers } = Object.fromEntries(
    of('header').map(([name, value]): [string, string] => [name, textOf(value)]),
  );
  return {
    method: operation.method,
    path: pathOf(operation, fields, new Map(of('path'))),
    query: {
      ...Object.fromEntries(of('query').map(([name, value]): [string, string] => [name, textOf(value)])),
      ...pairsOf(given.query),
    },
    headers: { ...headers, ...(body.type === undefined ? {} : { 'content-type': body.type }) },
    // One for all repetitions, so that the call may be repeated after an outage.
    idempotencyKey: key ?? (fields.some(({ name }) => name === IDEMPOTENCY_KEY) ? randomUUID() : undefined),
    ...(body.json === undefined ? {} : { json: body.json }),
    ...(body.bytes === undefined ? {} : { body: body.bytes }),
  };
}

/** Sends a call, and writes what is answered to the standard output: JSON as it is or for people, anything else as it comes. */
export async function perform(client: Turnpike, call: PlannedCall, asJson: boolean): Promise<void> {
  const response = await client.fetch(call.path, call);
  const location = response.headers.get('location');
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(type);
  if (response.body !== null && type !== '' && !isJson) {
    await pipeline(Readable.fromWeb(response.body), process.stdout, { end: false });
    return;
  }
  const text = await response.text();
  const answer: unknown = text !== '' ? JSON.parse(text) : location === null ? undefined : { location };
  process.stdout.write(
    asJson ? `${JSON.stringify(answer ?? null, undefined, 2)}\n` : readable(withoutEnvelope(answer) ?? 'done'),
  );
}

/** Who calls: an operator's key where the operation takes one, else a session or an API key. Throws `NoCredentialError`. */
export function credentialsFor(operation: Operation, caller: Caller): Credentials | undefined {
  const schemes = schemesOf(operation);
  const { adminKey, accessToken, apiKey } = caller;
  if (schemes.includes('adminKey') && adminKey !== undefined) return { adminKey };
  if (schemes.includes('accessToken') && accessToken !== undefined) return { accessToken };
  if (schemes.includes('apiKey') && apiKey !== undefined) return { apiKey };
  if (isOpen(operation)) return undefined;
  const names = Object.entries(VARIABLES).flatMap(([scheme, words]) => (schemes.includes(scheme) ? [words] : []));
  throw new NoCredentialError(`${operation.operationId} takes ${names.join(', or ')}.`);
}

const VARIABLES = {
  adminKey: 'a key of operators (ADMIN_API_KEY)',
  accessToken: "a session's access token (TURNPIKE_ACCESS_TOKEN)",
  apiKey: 'an API key (TURNPIKE_API_KEY)',
};

interface GivenBody {
  readonly json?: unknown;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly type?: string;
}

async function bodyOf(operation: Operation, text: string | undefined, members: object): Promise<GivenBody> {
  const { content, required } = operation.requestBody ?? {};
  if (content === undefined) {
    if (text !== undefined) throw new UsageError(`${operation.operationId} takes no body`);
    return {};
  }
  const isEmpty = Object.keys(members).length === 0;
  if (text === undefined) return isEmpty && !(required && JSON_TYPE in content) ? {} : { json: members };
  const bytes = await bytesOf(text);
  const json = jsonOf(bytes);
  if (!(JSON_TYPE in content)) return { bytes, type: json === undefined ? 'application/octet-stream' : JSON_TYPE };
  if (json === undefined) throw new UsageError('--body is no JSON');
  if (isEmpty) return { json };
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new UsageError('--body is no object, so it has no place for other members of the body');
  return { json: { ...json, ...members } };
}

async function bytesOf(text: string): Promise<Uint8Array<ArrayBuffer>> {
  if (text === '-') return new Uint8Array(await buffer(process.stdin));
  if (!text.startsWith('@')) return new TextEncoder().encode(text);
  // pnpm runs commands in the repository, wherever they were typed.
  const file = path.resolve(process.env['INIT_CWD'] ?? '.', text.slice(1));
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new UsageError(`--body: ${file} cannot be read`, { cause: error });
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function isIn({ place, name }: Field, json: unknown): boolean {
  return place === 'body' && typeof json === 'object' && json !== null && name in json;
}

function missing({ name, description }: Field): UsageError {
  return new UsageError(`--${name} is missing${description === undefined ? '' : `: ${description}`}`);
}

function pathOf(operation: Operation, fields: readonly Field[], values: ReadonlyMap<string, unknown>): string {
  return operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const text = textOf(values.get(name) ?? '');
    const isPath = fields.some((field) => field.name === name && field.isPath);
    const segments = isPath ? text.split('/') : [text];
    // These would make it another path, and so maybe another operation.
    if (text === '' || segments.some((segment) => segment === '.' || segment === '..'))
      throw new UsageError(`--${name}: ${text === '' ? 'nothing' : text} cannot stand in a path`);
    return segments.map(encodeURIComponent).join('/');
  });
}

function pairsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--query takes NAME=VALUE, not ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The Account API's data without their envelope. */
function withoutEnvelope(answer: unknown): unknown {
  const isEnvelope =
    typeof answer === 'object' && answer !== null && 'success' in answer && answer.success === true && 'data' in answer;
  return isEnvelope ? answer.data : answer;
}
