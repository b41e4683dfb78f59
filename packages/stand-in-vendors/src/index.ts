import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { anthropic, anthropicError } from './anthropic.ts';
import { googleError } from './google-parts.ts';
import { google } from './google.ts';
import { openaiError } from './openai-parts.ts';
import { openai } from './openai.ts';
import { json, pause, type Asked, type Script } from './script.ts';

export type { Script } from './script.ts';

/** What begins every key that is taken. */
export const STAND_IN_KEY = 'stand-in';

/** A request as it came, for whoever wants to know what arrived. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Vendor {
  readonly answer: (asked: Asked) => Promise<void> | void;
  readonly error: (status: number, message: string) => unknown;
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  openai: { answer: openai, error: openaiError },
  azure: { answer: openai, error: openaiError },
  anthropic: { answer: anthropic, error: anthropicError },
  google: { answer: google, error: googleError },
};

/** Answers as the vendor does that the first segment of the path names. `onReceived` is told of each request, once it is there. */
export function vendors(onReceived: (received: Received) => void = () => {}): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { method = '', url = '', headers } = request;
      onReceived({ method, target: url, headers, body });
      void answer(request, response, body).catch(() => response.destroy());
    });
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const [, name = '', path = '/'] = /^\/([a-z]+)(\/.*)$/.exec(url.pathname) ?? [];
  const vendor = Object.hasOwn(VENDORS, name) ? VENDORS[name] : undefined;
  const script = scriptOf(request);
  // A part of an upload may be of any form.
  const isPart = request.headers['x-goog-upload-offset'] !== undefined;
  const isJson = !isPart && request.headers['content-type']?.startsWith('application/json') === true && text !== '';
  const body = isJson ? (JSON.parse(text) as Asked['body']) : {};
  const asked = { request, response, method: request.method ?? '', path, query: url.searchParams, body, text, script };
  if (vendor === undefined) return json(asked, { error: 'There is no such vendor.' }, 404);
  if (!keyOf(request).startsWith(STAND_IN_KEY))
    return json(asked, vendor.error(401, `Incorrect API key provided: ${keyOf(request)}.`), 401);
  await pause(script.delay_ms ?? 0, response);
  if (response.destroyed) return undefined;
  for (const [header, value] of Object.entries(script.headers ?? {})) response.setHeader(header, value);
  if (script.status !== undefined) return json(asked, vendor.error(script.status, 'Scripted error'), script.status);
  return vendor.answer(asked);
}

function scriptOf({ headers }: IncomingMessage): Script {
  const text = headers['x-stand-in'];
  return typeof text === 'string' ? (JSON.parse(text) as Script) : {};
}

/** The key, wherever the vendor takes it. */
function keyOf({ headers }: IncomingMessage): string {
  const key = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'] ?? headers.authorization ?? '';
  return String(key).replace(/^Bearer /, '');
}
