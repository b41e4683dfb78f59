import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/*
 * An API of one's own behind the gateway, without a dependency: people order, and read their own orders. It believes the gateway's signature
 * and nobody else (docs/downstream.md). Orders are in memory: a real one has a database.
 */

const { PORT = '3000', HOST = '127.0.0.1', ORDERS_SERVICE_KEY = '', GATEWAY_SIGNING_SECRET = '' } = process.env;
if (ORDERS_SERVICE_KEY === '' || GATEWAY_SIGNING_SECRET === '')
  throw new Error('ORDERS_SERVICE_KEY and GATEWAY_SIGNING_SECRET are what the gateway is known by; set both');

const SIGNATURE_SECONDS_MAX = 300;
const BODY_BYTES_MAX = 64 * 1_024;
const orders = new Map();

function isSame(given, expected) {
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isFromGateway({ method, url, headers }) {
  if (!isSame(headers['x-service-key'], ORDERS_SERVICE_KEY)) return false;
  const timestamp = headers['x-gateway-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1_000 - Number(timestamp)) > SIGNATURE_SECONDS_MAX)
    return false;
  const text = ['v1', method, url.split('?')[0], headers['x-user-id'] ?? '', timestamp].join('\n');
  const signature = createHmac('sha256', GATEWAY_SIGNING_SECRET).update(text).digest('hex');
  return isSame(headers['x-gateway-signature'], `v1=${signature}`);
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answer(request) {
  const path = request.url.split('?')[0];
  if (path === '/health') return [200, { status: 'healthy' }];
  if (!isFromGateway(request)) return [403, { detail: 'This did not come through the gateway' }];
  if (path !== '/api/v1/orders') return [404, { detail: 'There is no such thing' }];
  const user = request.headers['x-user-id'];
  const own = orders.get(user) ?? [];
  if (request.method === 'GET') return [200, { items: own }];
  const body = await bodyOf(request);
  if (typeof body?.item !== 'string' || body.item === '') return [422, { detail: 'Name an item' }];
  const order = { number: own.length + 1, item: body.item };
  orders.set(user, [...own, order]);
  return [201, order];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request).catch(() => [500, { detail: 'Something is wrong here' }]);
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(Number(PORT), HOST);
process.once('SIGTERM', () => server.close());
