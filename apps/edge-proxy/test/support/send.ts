import { request as httpRequest } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly body: Record<string, unknown>;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Flat list, for repeated headers and odd spellings; used instead of `headers`. */
  readonly rawHeaders?: readonly string[];
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Buffer;
  readonly token?: string;
}

/** Sends one request on a connection of its own and reads the whole answer. The target is sent byte for byte. */
export function send(
  url: string,
  target: string,
  { method = 'GET', headers = {}, rawHeaders, json, body, token }: Sending = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const payload = json === undefined ? body : JSON.stringify(json);
  const list = rawHeaders ?? Object.entries(headers).flat();
  const all = [
    ...(hasName(list, 'host') ? [] : ['Host', `${hostname}:${port}`]),
    ...(json === undefined ? [] : ['Content-Type', 'application/json']),
    ...(payload === undefined || hasName(list, 'transfer-encoding')
      ? []
      : ['Content-Length', String(Buffer.byteLength(payload))]),
    ...(token === undefined ? [] : ['Authorization', `Bearer ${token}`]),
    ...list,
  ];
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, path: target, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get body() {
            return JSON.parse(text) as Record<string, unknown>;
          },
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function hasName(list: readonly string[], name: string): boolean {
  return list.some((part, index) => index % 2 === 0 && part.toLowerCase() === name);
}
