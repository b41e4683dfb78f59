import { request } from 'node:http';
import { signGatewayRequest } from '@turnpike/contracts';
import { createTestDatabase, startApp } from '@turnpike/test-kit';

const SERVICE_KEY = 'example-service-key-0123456789abcdef';
const ADMIN_KEY = 'example-admin-key-0123456789abcdef01';
const SECRET = 'example-signing-secret-0123456789abcdef';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The body as JSON. */
  readonly body: unknown;
}

export interface Sending {
  readonly user?: string;
  /** Sign as the gateway does. */
  readonly signed?: boolean;
  readonly key?: string | null;
  readonly adminKey?: string;
  readonly body?: unknown;
}

export interface Example {
  readonly url: string;
  send(method: string, path: string, sending?: Sending): Promise<Answer>;
  /** The same, without reading the body. */
  open(method: string, path: string, sending?: Sending): Promise<Response>;
  /** Sends the whole request and returns a function that closes its connection. */
  sendAndLeave(method: string, path: string, sending?: Sending): Promise<() => void>;
  readonly databaseUrl: string;
  logs(): readonly string[];
  stop(): Promise<void>;
  readonly keys: { readonly service: string; readonly admin: string; readonly secret: string };
}

/** The real example process on a database of its own. */
export async function startExample(env: Readonly<Record<string, string>> = {}): Promise<Example> {
  const database = await createTestDatabase('example-downstream');
  const app = await startApp('example-downstream', {
    ...database.env,
    LOG_LEVEL: 'info',
    FLASH_SERVICE_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    GATEWAY_SIGNING_SECRET: SECRET,
    GENERATION_STEP_MS: '1',
    ...env,
  });
  const headersOf = (
    method: string,
    path: string,
    { user, signed, key = SERVICE_KEY, adminKey, body }: Sending,
  ): Record<string, string> => {
    const timestamp = Math.floor(Date.now() / 1000);
    const [signedPath = ''] = path.split('?');
    return {
      ...(key === null ? {} : { 'x-service-key': key }),
      ...(adminKey === undefined ? {} : { 'x-admin-key': adminKey }),
      ...(user === undefined ? {} : { 'x-user-id': user }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(signed
        ? {
            'x-gateway-timestamp': String(timestamp),
            'x-gateway-signature': signGatewayRequest(SECRET, {
              method,
              path: signedPath,
              userId: user ?? '',
              timestamp,
            }),
          }
        : {}),
    };
  };
  const open: Example['open'] = (method, path, sending = {}) =>
    fetch(app.url + path, {
      method,
      headers: headersOf(method, path, sending),
      ...(sending.body === undefined ? {} : { body: JSON.stringify(sending.body) }),
    });
  return {
    url: app.url,
    databaseUrl: database.url,
    logs: () => app.logs(),
    open,
    sendAndLeave: (method, path, sending = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = request(app.url + path, { method, headers: headersOf(method, path, sending), agent: false });
        outgoing.once('finish', () => resolve(() => void outgoing.destroy()));
        // Leaving is an error, seen from here; nobody waits for the promise then.
        outgoing.on('error', reject);
        outgoing.end(sending.body === undefined ? undefined : JSON.stringify(sending.body));
      }),
    async send(method, path, sending) {
      const response = await open(method, path, sending);
      const text = await response.text();
      return {
        status: response.status,
        text,
        headers: response.headers,
        get body(): unknown {
          return JSON.parse(text);
        },
      };
    },
    async stop() {
      await app.stop();
      await database.drop();
    },
    keys: { service: SERVICE_KEY, admin: ADMIN_KEY, secret: SECRET },
  };
}
