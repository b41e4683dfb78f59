import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An object of Stripe's, as its API shows it. */
type StripeObject = Record<string, unknown> & { readonly id: string };

/** A request that the stand-in was sent: path, form fields, and the version of the API. */
interface StripeRequest {
  readonly method: string;
  readonly path: string;
  readonly fields: URLSearchParams;
  readonly version: string | undefined;
}

/** Stripe as far as its library can tell: objects that a test sets are retrieved, what is created gets an id, and events are signed as Stripe signs. */
export interface StripeStandIn {
  readonly url: string;
  readonly requests: readonly StripeRequest[];
  /** Sets an object, found at `/v1/<kind>/<id>`. */
  set(kind: string, object: StripeObject): void;
  get(kind: string, id: string): StripeObject | undefined;
  /** Called after an update of a subscription, so that a test does what Stripe would. */
  onUpdate: ((subscription: StripeObject, fields: URLSearchParams) => void) | undefined;
  /** The value of `Stripe-Signature` over a body; `ageSeconds` ago. */
  sign(body: string, secret: string, ageSeconds?: number): string;
  close(): Promise<void>;
}

/** Starts one. `nowMs`: the moment by its clock, epoch milliseconds; checkouts end a day later. */
export async function startStripe(nowMs: () => number = Date.now): Promise<StripeStandIn> {
  const objects = new Map<string, StripeObject>();
  const requests: StripeRequest[] = [];
  let made = 0;
  const standIn: Pick<StripeStandIn, 'onUpdate'> = { onUpdate: undefined };
  const place = (kind: string, id: string): string => `${kind}/${id}`;

  function answer({ method, path, fields }: StripeRequest): StripeObject | Record<string, unknown> | undefined {
    const [, kind = '', id, act] =
      /^\/v1\/((?:checkout\/|billing_portal\/)?[a-z_]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(path) ?? [];
    if (method === 'GET' && id === undefined) return { object: 'list', has_more: false, data: listed(kind, fields) };
    const known = id === undefined ? undefined : objects.get(place(kind, id));
    if (method === 'GET') return known;
    if (method === 'POST' && id === undefined) return create(kind, fields);
    if (known === undefined) return undefined;
    if (method === 'DELETE' || act === 'expire') {
      const ended = { ...known, status: act === 'expire' ? 'expired' : 'canceled' };
      objects.set(place(kind, known.id), ended);
      return ended;
    }
    const changed = { ...known, ...plainFields(fields) };
    objects.set(place(kind, known.id), changed);
    standIn.onUpdate?.(changed, fields);
    return objects.get(place(kind, known.id));
  }

  function listed(kind: string, fields: URLSearchParams): StripeObject[] {
    const all = [...objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, object]) => object);
    const paid = fields.get('payment[payment_intent]');
    return paid === null ? all : all.filter((object) => object['payment_intent'] === paid);
  }

  function create(kind: string, fields: URLSearchParams): StripeObject {
    made += 1;
    const id = `${kind.replace(/^.*\//, '').replace(/s$/, '')}_${made}`;
    const url = kind.includes('/') ? `https://pay.example.com/${id}` : undefined;
    const object = {
      id,
      object: kind,
      url,
      expires_at: Math.floor(nowMs() / 1_000) + 86_400,
      ...plainFields(fields),
    };
    objects.set(place(kind, id), object);
    return object;
  }

  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void read(request).then((text) => {
      const url = new URL(request.url ?? '/', 'http://stripe.invalid');
      const version = request.headers['stripe-version'];
      const received: StripeRequest = {
        method: request.method ?? '',
        path: url.pathname,
        fields: new URLSearchParams(request.method === 'GET' ? url.search : text),
        version: typeof version === 'string' ? version : undefined,
      };
      requests.push(received);
      const found = answer(received);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ?? { error: { type: 'invalid_request_error', message: 'No such object' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    set: (kind: string, object: StripeObject) => void objects.set(place(kind, object.id), object),
    get: (kind: string, id: string) => objects.get(place(kind, id)),
    sign(body: string, secret: string, ageSeconds = 0): string {
      const at = Math.floor(Date.now() / 1_000) - ageSeconds;
      return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Fields of a form without brackets, with what reads as a boolean as one. */
function plainFields(fields: URLSearchParams): Record<string, unknown> {
  const plain = [...fields].filter(([name]) => !name.includes('['));
  return Object.fromEntries(
    plain.map(([name, value]) => [name, ['true', 'false'].includes(value) ? value === 'true' : value]),
  );
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
