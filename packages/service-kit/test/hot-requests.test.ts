import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, SERVICE_KEY, startFixture, USER_ID, vouchedFor } from './fixture-app.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const REQUEST_ID = 'the-same-both-times';
const THING = '/auth/things/0190b6a4-0000-7000-8000-000000000001';

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** The whole answer, less what differs from one moment to the next. */
async function answerTo({ path, method = 'GET', headers = {}, body }: Sent): Promise<unknown> {
  const response = await fetch(fixture.url + path, {
    method,
    headers: { 'x-request-id': REQUEST_ID, ...headers },
    body: body ?? null,
  });
  const told = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'));
  return { status: response.status, headers: told, body: await response.text() };
}

const json = { 'content-type': 'application/json' };
const post = (body: string | Buffer, headers: Record<string, string> = json): Sent => ({
  path: '/echo',
  method: 'POST',
  headers,
  body,
});

test.each([
  ['the usual request to a hot endpoint goes beside Express', '/way/hot', false],
  ['an unusual one is for Express', '/way/hot?unusual', true],
  ['and so is any request to another endpoint', '/way/any', true],
])('%s', async (_name, path, express) => {
  expect(await answerTo({ path })).toMatchObject({ status: 200, body: JSON.stringify({ express }) });
});

/** A query makes a request to a hot endpoint unusual, so Express serves it; nothing here looks at the query but `failing`, which has one anyway. */
describe('the short way and the long way give one answer', () => {
  test.each<[string, Sent]>([
    ['a valid body', post('{"name":"a","extra":true}')],
    ['a body with its charset', post('{"name":"ä"}', { 'content-type': 'application/json; charset=utf-8' })],
    ['a body in Latin 1', post('{"name":"a"}', { 'content-type': 'application/json; charset=iso-8859-1' })],
    ['a byte order mark', post('\uFEFF{"name":"a"}')],
    [
      'a charset given twice',
      post('{"name":"a"}', { 'content-type': 'application/json; charset=utf-8; charset=utf-8' }),
    ],
    [
      'bytes that are not UTF-8',
      post(Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])),
    ],
    ['no body', { path: '/echo', method: 'POST' }],
    ['an empty body', post('')],
    ['malformed JSON', post('{"name":')],
    ['a wrong type', post('{"name":1,"count":1.5}')],
    ['a number for a body', post('7')],
    ['null for a body', post('null')],
    ['a member named __proto__', post('{"name":"a","__proto__":{"count":1}}')],
    ['a NUL character', post('{"name":"a\\u0000"}')],
    ['a large body', post(`{"name":"a","pad":"${'a'.repeat(70_000)}"}`)],
    ['another media type', post('name=a', { 'content-type': 'text/plain' })],
    ['no media type', post(Buffer.from('{"name":"a"}'), {})],
    ['an encoding that is none', post('{"name":"a"}', { ...json, 'content-encoding': 'nonsense' })],
    ['no service key', { path: '/inner' }],
    ['a wrong service key', { path: '/inner', headers: { 'x-service-key': 'wrong' } }],
    ['a service key', { path: '/inner', headers: { 'x-service-key': SERVICE_KEY } }],
    [
      'a service that may not act for users',
      { path: '/inner', headers: { 'x-service-key': SERVICE_KEY, 'x-user-id': USER_ID } },
    ],
    ['an admin key', { path: '/admin', headers: { 'x-admin-key': ADMIN_KEY } }],
    ['a wrong admin key', { path: '/admin', headers: { 'x-admin-key': 'wrong' } }],
    ['a vouched-for user', { path: '/me', headers: vouchedFor(USER_ID, 'GET', '/me') }],
    ['a signature of another path', { path: '/me', headers: vouchedFor(USER_ID, 'GET', '/other') }],
    ['a reply that breaks its contract', { path: '/broken' }],
    ['a parameter', { path: THING }],
    ['a parameter of the wrong form', { path: '/auth/things/no-uuid' }],
    ['a missing query', { path: '/failing' }],
    ['HEAD', { path: '/inner', method: 'HEAD', headers: { 'x-service-key': SERVICE_KEY } }],
    ['a wrong method', { path: '/echo', method: 'DELETE' }],
    ['an unknown path', { path: '/nowhere' }],
  ])('%s', async (_name, sent) => {
    expect(await answerTo(sent)).toEqual(await answerTo({ ...sent, path: `${sent.path}?unusual` }));
  });

  test.each([
    ['a trailing slash', `${THING}/`, 200],
    ['a segment in percent-encoding', THING.replace('0190', '%30190'), 200],
    ['percent-encoding that is none', '/auth/things/%zz', 400],
    ['an encoded slash', '/auth/things/a%2Fb', 422],
    ['another letter case', '/AUTH/things/a', 404],
    ['a doubled slash', '/auth//things/a', 404],
  ])('%s is for the long way', async (_name, path, status) => {
    expect((await fetch(fixture.url + path)).status).toBe(status);
  });
});

describe('on the wire', () => {
  const dial = () => connect(Number(new URL(fixture.url).port), '127.0.0.1');

  /** Sends bytes as they are; returns what comes back until `enough` is in it, or the server closes. */
  async function talk(bytes: string, enough: RegExp): Promise<string> {
    const socket = dial();
    let heard = '';
    socket.write(bytes);
    for await (const chunk of socket.setEncoding('utf8')) {
      heard += String(chunk);
      if (enough.test(heard)) break;
    }
    socket.destroy();
    return heard;
  }

  const head = (length: number): string =>
    `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  test('a body in pieces, within a character too', async () => {
    const body = Buffer.from('{"name":"ä"}');
    const socket = dial();
    socket.write(head(body.length));
    for (const byte of body) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"name":"ä"\}$/);
    socket.destroy();
  });

  test('two requests sent at once are answered in their order', async () => {
    const heard = await talk(`${head(12)}{"name":"1"}${head(12)}{"name":"2"}`, /"2"/);
    expect(heard.match(/\{"name":"\d"\}/g)).toEqual(['{"name":"1"}', '{"name":"2"}']);
  });

  test.each(['POST /echo', 'POST /echo?unusual'])('%s with two Content-Types is refused', async (start) => {
    const types = 'Content-Type: application/json\r\ncontent-type: application/json; charset=utf-7';
    const heard = await talk(
      `${start} HTTP/1.1\r\nHost: a\r\n${types}\r\nContent-Length: 12\r\n\r\n{"name":"1"}`,
      /}$/,
    );
    expect(heard).toMatch(/^HTTP\/1\.1 415 /);
  });

  test('a chunked body is read', async () => {
    const chunked =
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"name":"1"}\r\n0\r\n\r\n';
    expect(await talk(chunked, /"1"/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('who leaves in the middle of a body reaches no handler, and harms nobody', async () => {
    const before = fixture.echoed();
    const socket = dial();
    await once(socket, 'connect');
    socket.end(`${head(12)}{"nam`);
    await once(socket.resume(), 'close');
    expect(fixture.echoed()).toBe(before);
    expect(await answerTo(post('{"name":"a"}'))).toMatchObject({ status: 200 });
  });
});
