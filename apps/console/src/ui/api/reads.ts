import { READS_MAX, type Read, type ReadAnswer } from '../../shared/reads.ts';
import { SCOPE_HEADERS } from '../../shared/session-view.ts';

/** How long questions are gathered, in milliseconds: what one screen asks, its frame included, is asked within a few. */
const GATHERED_MS = 8;
const PROJECT_HEADER = 'x-project-id';
const API = '/api';

interface Waiting {
  readonly read: Read;
  readonly resolve: (answer: Response) => void;
  readonly reject: (reason: Error) => void;
  readonly signal: AbortSignal | undefined;
  readonly ask: () => Promise<Response>;
}

let gathered: Waiting[] = [];

/** `fetch` for calls of the gateway: what is asked at the same time goes in one request, and each has its answer as soon as it is there. Acts go alone. */
export function fetchTogether(url: string, init: RequestInit): Promise<Response> {
  const ask = (): Promise<Response> => fetch(url, init);
  if (init.method !== 'GET') return ask();
  return new Promise((resolve, reject) => {
    if (gathered.length === 0) setTimeout(send, GATHERED_MS);
    gathered.push({ read: readOf(url, init), resolve, reject, signal: init.signal ?? undefined, ask });
    if (gathered.length === READS_MAX) send();
  });
}

function readOf(url: string, init: RequestInit): Read {
  const { pathname, search } = new URL(url);
  const headers = new Headers(init.headers);
  return {
    path: pathname.slice(API.length) + search,
    organisation: headers.get(SCOPE_HEADERS.organisation) ?? undefined,
    environment: headers.get(SCOPE_HEADERS.environment) ?? undefined,
    project: headers.get(PROJECT_HEADER) ?? undefined,
  };
}

function send(): void {
  const all = gathered;
  gathered = [];
  // What nobody waits for any more is not asked.
  for (const { signal, reject } of all) if (signal?.aborted) reject(signal.reason as Error);
  const asked = all.filter(({ signal }) => !signal?.aborted);
  const [only] = asked;
  if (only === undefined) return;
  if (asked.length === 1) void only.ask().then(only.resolve, only.reject);
  else void sendAll(asked);
}

async function sendAll(asked: readonly Waiting[]): Promise<void> {
  const nobodyWaits = new AbortController();
  let waiting = asked.length;
  for (const { signal, reject } of asked)
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
      waiting -= 1;
      if (waiting === 0) nobodyWaits.abort();
    });
  try {
    const response = await fetch('/reads', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reads: asked.map(({ read }) => read) }),
      signal: nobodyWaits.signal,
    });
    if (response.ok && response.body !== null) {
      for await (const { read, status, headers, body } of answersIn(response.body))
        asked[read]?.resolve(new Response(isBodiless(status) ? null : JSON.stringify(body), { status, headers }));
      throw new Error('the answer ended before all was answered');
    }
    const text = await response.text();
    for (const { resolve } of asked) resolve(new Response(text, response));
  } catch (error) {
    // For whoever has an answer this says nothing new.
    for (const { reject } of asked) reject(error as Error);
  }
}

/** Answers that may have no body: a `Response` refuses to be made with one. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

async function* answersIn(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ReadAnswer> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as ReadAnswer;
  }
}
