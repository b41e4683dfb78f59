import { randomUUID } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** How the folder reaches the test workers, which are other processes. */
export const SEEN_FOLDER = 'TURNPIKE_TEST_SEEN_FOLDER';

/** Where this run collects the answers that its tests see. */
export async function openSeenFolder(): Promise<void> {
  process.env[SEEN_FOLDER] = await mkdtemp(path.join(tmpdir(), 'turnpike-seen-'));
}

export async function removeSeenFolder(): Promise<void> {
  const folder = process.env[SEEN_FOLDER];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Every answer seen in this run so far, each once: `GET /path 200`. */
export async function readSeenAnswers(): Promise<ReadonlySet<string>> {
  const folder = process.env[SEEN_FOLDER];
  if (folder === undefined) return new Set();
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')));
  return new Set(texts.flatMap((text) => text.split('\n').filter((line) => line !== '')));
}

/** What Node says of an answer's headers: of `fetch` and undici, and of `node:http`. */
interface UndiciMessage {
  readonly request: { readonly method: string; readonly path: string };
  readonly response: { readonly statusCode: number };
}
interface HttpMessage {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

/** Listens to every HTTP answer that this process receives. The returned function ends that and keeps them for the run. */
export function recordAnswers(): () => Promise<void> {
  const seen = new Set<string>();
  const note = (method: string, target: string, status: number | undefined): void => {
    seen.add(`${method} ${target.split('?', 1)[0]} ${status}`);
  };
  const ofUndici = (message: unknown): void => {
    const { request, response } = message as UndiciMessage;
    note(request.method, request.path, response.statusCode);
  };
  const ofHttp = (message: unknown): void => {
    const { request, response } = message as HttpMessage;
    note(request.method, request.path, response.statusCode);
  };
  diagnostics.subscribe('undici:request:headers', ofUndici);
  diagnostics.subscribe('http.client.response.finish', ofHttp);
  return async () => {
    diagnostics.unsubscribe('undici:request:headers', ofUndici);
    diagnostics.unsubscribe('http.client.response.finish', ofHttp);
    const folder = process.env[SEEN_FOLDER];
    if (folder !== undefined && seen.size > 0) await writeFile(path.join(folder, randomUUID()), [...seen].join('\n'));
  };
}
