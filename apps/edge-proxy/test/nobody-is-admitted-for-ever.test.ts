import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';
import { startStack, type ApiKey, type EdgeStack, type SignedIn } from './support/stack.ts';

/** Life of an access token; long enough for a busy machine to open a stream with it. */
const TOKEN_SECONDS = 10;

let stack: EdgeStack;
let user: SignedIn;
beforeAll(async () => {
  stack = await startStack({}, { ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_SECONDS) });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.upstream.reset();
  stack.upstream.onUpgrade = (_request, socket) => {
    socket.on('error', () => {}).on('end', () => socket.end());
    socket.resume().write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  };
  stack.upstream.respond = (request, response) => {
    const type = request.url?.includes('events') === true ? 'text/event-stream' : 'application/x-ndjson';
    response.writeHead(200, { 'Content-Type': type });
    response.write('data: open\n\n');
  };
  user = await stack.signIn();
});

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const KINDS: [string, string][] = [
  ['/api/v1/timepoints/socket', UPGRADE],
  ['/api/v1/timepoints/events', ''],
  ['/api/v1/timepoints/lines', ''],
];

async function open(credential: string, path: string, more: string): Promise<RawSocket> {
  const raw = await openRawSocket(stack.edge.url);
  raw.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n${credential}\r\n${more}\r\n`);
  await raw.until(more === '' ? /data: open/ : /^HTTP\/1\.1 101 [^]*\r\n\r\n/);
  return raw;
}
const bearer = (token: string): string => `Authorization: Bearer ${token}`;
const endOf = (token: string): number => {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
  return claims.exp * 1_000;
};
/** An API key of the user, made with a token of its own: another may end meanwhile. */
async function newKey(): Promise<ApiKey> {
  return stack.createKey(await stack.signInAgain(user), { expires_in_days: 1, scopes: ['timepoints:read'] });
}
/** Lets a key end at a moment; routes only know whole days. */
async function endKey({ id }: ApiKey, endsAtMs: number): Promise<void> {
  await stack.databases.auth.query('UPDATE api_key SET expires_at = $1 WHERE id = $2', [new Date(endsAtMs), id]);
}
const byKey = ({ key }: ApiKey): string => `X-API-Key: ${key}`;

const openAll = (credential: string): Promise<RawSocket[]> =>
  Promise.all(KINDS.map(([path, more]) => open(credential, path, more)));
/** Resolves when all have been ended, none before its time; one that never is runs into the time-out of its test. */
async function allEnd(streams: readonly RawSocket[], endsAtMs: number): Promise<void> {
  const ends = await Promise.all(streams.map((raw) => raw.closed.then(() => Date.now())));
  for (const end of ends) expect(end).toBeGreaterThanOrEqual(endsAtMs);
}

describe('WebSockets, event streams and other answers without a length', () => {
  test('end when the access token that opened them does', async () => {
    await allEnd(await openAll(bearer(user.token)), endOf(user.token));
  });

  test('end when the API key that opened them does, and outlive other credentials of the user', async () => {
    const [shortLived, long, other] = [await newKey(), await newKey(), await newKey()];
    // Further off than a timer of the platform reaches, which would then be over at once.
    await endKey(long, Date.now() + 2 ** 31 + 86_400_000);
    const others = [...(await openAll(byKey(long))), ...(await openAll(byKey(other)))];
    const { token } = await stack.signInAgain(user);
    const endsAtMs = endOf(token) + 3_000;
    await endKey(shortLived, endsAtMs);
    const [ofToken, ofKey] = [await openAll(bearer(token)), await openAll(byKey(shortLived))];
    await Promise.all([allEnd(ofToken, endOf(token)), allEnd(ofKey, endsAtMs)]);
    for (const raw of others) {
      expect(raw.socket.readyState).toBe('open');
      raw.destroy();
    }
  });
});

test('an answer with a length is given to its end', async () => {
  let finish: (() => void) | undefined;
  stack.upstream.respond = (request, response) => {
    if (request.url?.includes('download') !== true)
      return void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: open\n\n');
    response.writeHead(200, { 'Content-Length': '20' }).write('data: open');
    finish = () => response.end('data: done');
    return undefined;
  };
  const download = await open(bearer(user.token), '/api/v1/timepoints/download', '');
  const stream = await open(bearer(user.token), '/api/v1/timepoints/events', '');
  await stream.closed;
  finish?.();
  await download.until(/data: opendata: done$/);
  download.destroy();
});

test('an ordinary answer without a length that begins when its token has ended is not cut off', async () => {
  let finish: (() => void) | undefined;
  stack.upstream.respond = (_request, response) => {
    finish = () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"late":');
      setTimeout(() => response.end('true}'), 700);
    };
  };
  const answer = stack.send('/api/v1/timepoints/late', { token: user.token });
  await waitFor(() => finish);
  await waitFor(() => Date.now() > endOf(user.token));
  finish?.();
  expect((await answer).body).toEqual({ late: true });
});
