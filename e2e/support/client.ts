/** An answer of the edge, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed JSON, or an empty object when the body is none. */
  body: Record<string, unknown>;
}

/** A client of one edge, with the headers of one caller. */
export interface Client {
  get: (path: string) => Promise<Answer>;
  post: (path: string, body?: unknown) => Promise<Answer>;
  delete: (path: string) => Promise<Answer>;
  send: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The same client, with further headers on every call. */
  with: (headers: Readonly<Record<string, string>>) => Client;
}

/** A call that takes longer is a failure of its own. */
const timeoutMs = 20_000;

/** Speaks plain HTTP to the edge, as any customer would. */
export function clientOf(edgeUrl: string, headers: Readonly<Record<string, string>> = {}): Client {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(edgeUrl + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A redirect is an answer too.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, headers: response.headers, body: asObject(await response.text()) };
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    delete: (path) => call('DELETE', path),
    send: call,
    with: (more) => clientOf(edgeUrl, { ...headers, ...more }),
  };
}

/** Signs in as the demo account; returns a client that is that user. */
export async function signInAsDemo(client: Client): Promise<Client> {
  return bearer(client, await client.post('/api/v1/auth/demo'));
}

/** Signs in a user of one's own through the operator's door; returns a client that is that user. */
export async function signInAs(client: Client, adminKey: string, email: string): Promise<Client> {
  return bearer(client, await client.with({ 'X-Admin-Key': adminKey }).post('/api/v1/auth/dev/token', { email }));
}

function bearer(client: Client, answer: Answer): Client {
  if (answer.status !== 200) throw new Error(`Sign-in answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return client.with({ Authorization: `Bearer ${String(answer.body['access_token'])}` });
}

/** What is left of the caller's credits. */
export async function balanceOf(client: Client): Promise<unknown> {
  const { status, body } = await client.get('/api/v1/credits/balance');
  if (status !== 200) throw new Error(`The balance answered ${status} ${JSON.stringify(body)}`);
  return body['balance'];
}

function asObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
