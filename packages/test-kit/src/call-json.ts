/** An answer, read. A test knows what it asked for, so it says what the body is. */
export interface JsonAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** `undefined` where there is none. */
  readonly body: Body;
}

/** What a call sends. */
export interface JsonCall {
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls a service with JSON and reads the whole answer. */
export async function callJson<Body>(
  url: string,
  method: string,
  path: string,
  { body, headers }: JsonCall = {},
): Promise<JsonAnswer<Body>> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}
