import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket } from './support/raw-socket.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

describe('method, path, query and body arrive byte for byte', () => {
  test.each([
    '/open/a?x=1&y=%2F..%2f&z=a+b&&=',
    "/open/%C3%A9/%20;v=1,2/@:!$&'()*+",
    '/open/A/b/',
    '/open/%61%2D%7e',
    '/open/a?',
    '/open/a?q=\\"<>{}|^`\'',
    '/open?https://elsewhere.example/../x',
  ])('%s', async (target) => {
    await lone.send(target);
    expect(lone.upstream.received[0]?.target).toBe(target);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s', async (method) => {
    const answer = await lone.send('/open/method', { method });
    expect([answer.status, lone.upstream.received[0]?.method]).toEqual([200, method]);
  });

  test('a megabyte of noise, with a length and chunked, also on GET', async () => {
    const noise = randomBytes(999_999);
    const hash = createHash('sha256').update(noise).digest('hex');
    lone.upstream.respond = (request, response, body) =>
      response.end(`${createHash('sha256').update(body).digest('hex')} ${request.headers['content-length']}`);
    expect((await lone.send('/open/body', { method: 'POST', body: noise })).text).toBe(`${hash} 999999`);
    expect(
      (await lone.send('/open/body', { method: 'PUT', body: noise, rawHeaders: ['Transfer-Encoding', 'chunked'] }))
        .text,
    ).toBe(`${hash} undefined`);
    expect((await lone.send('/open/body', { method: 'GET', body: noise })).text).toBe(`${hash} 999999`);
  });

  test('an empty body keeps its length of 0', async () => {
    await lone.send('/open/empty', { method: 'POST', body: '' });
    expect(lone.upstream.received[0]?.headers).toMatchObject({ 'content-length': '0' });
  });
});

describe('responses', () => {
  test('status, headers and bytes come back as they are', async () => {
    const noise = randomBytes(100_000);
    lone.upstream.respond = (_request, response) =>
      response
        .writeHead(207, ['X-One', 'a', 'X-One', 'b', 'Set-Cookie', 'c=1', 'Set-Cookie', 'd=2', 'X-Odd', '\xe9'])
        .end(noise);
    const response = await open('/open/response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(noise)).toBe(true);
    expect([
      response.statusCode,
      response.headers['x-one'],
      response.headers['set-cookie'],
      response.headers['x-odd'],
    ]).toEqual([207, 'a, b', ['c=1', 'd=2'], '\xe9']);
  });

  test.each([301, 302, 307, 308])('a redirect (%i) is passed on, not followed', async (status) => {
    for (const [location, seen] of [
      ['https://elsewhere.example/a', 'https://elsewhere.example/a'],
      ['/here', '/here'],
      [`${lone.upstream.url}/here?a#b`, `${lone.edge.url}/here?a#b`],
    ]) {
      lone.upstream.respond = (_request, response) => response.writeHead(status, { Location: location }).end();
      const answer = await lone.send('/open/redirect');
      expect([answer.status, answer.headers['location']]).toEqual([status, seen]);
    }
    expect(lone.upstream.received).toHaveLength(3);
  });

  test.each([204, 304])('%i has no body', async (status) => {
    lone.upstream.respond = (_request, response) => response.writeHead(status, { ETag: '"1"' }).end();
    const answer = await lone.send('/open/nothing');
    expect([answer.status, answer.text, answer.headers['etag']]).toEqual([status, '', '"1"']);
  });

  test('HEAD keeps the length of what GET would give', async () => {
    lone.upstream.respond = (_request, response) => response.writeHead(200, { 'Content-Length': '1234' }).end();
    const answer = await lone.send('/open/head', { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '1234', '']);
  });

  test('a response that breaks off reaches the client as broken, never as complete', async () => {
    lone.upstream.respond = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('part', () => response.destroy());
    };
    await expect(lone.send('/open/broken')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    lone.upstream.respond = (_request, response) => {
      response.writeHead(200);
      response.write('part', () => response.destroy());
    };
    await expect(lone.send('/open/broken')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

describe('nothing is buffered', () => {
  test('each piece of a response arrives before the next one is sent', async () => {
    let more: ((text: string | undefined) => void) | undefined;
    lone.upstream.respond = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      more = (text) => (text === undefined ? response.end() : response.write(text));
    };
    const response = await open('/open/stream');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      more?.(piece);
      expect(await next(response)).toBe(piece);
    }
    more?.(undefined);
    expect(await next(response)).toBeUndefined();
  });

  test('each piece of a request body arrives before the next one is sent', async () => {
    const seen: string[] = [];
    lone.upstream.onRequest = (request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.end('done'));
      return true;
    };
    const { hostname, port } = new URL(lone.edge.url);
    const outgoing = httpRequest({ hostname, port, path: '/open/upload', method: 'POST', agent: false });
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.once('response', resolve).once('error', reject),
    );
    for (const piece of ['one', 'two', 'three']) {
      outgoing.write(piece);
      await waitFor(() => seen.at(-1) === piece);
    }
    outgoing.end();
    expect((await answered).statusCode).toBe(200);
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  test('a slow reader slows the upstream down instead of filling memory', async () => {
    let written = 0;
    lone.upstream.respond = (_request, response) => {
      const piece = Buffer.alloc(65_536);
      const pump = (): void => {
        while (!response.destroyed && response.write(piece)) written += piece.length;
        written += piece.length;
      };
      response.on('drain', pump);
      response.on('close', () => response.off('drain', pump));
      pump();
    };
    const response = await open('/open/flood');
    response.pause();
    let before = -1;
    await waitFor(
      () => {
        const still = written === before;
        before = written;
        return still;
      },
      { intervalMs: 300 },
    );
    // What fits into the sockets' buffers on the way, and no more.
    expect(written).toBeLessThan(64 * 1_048_576);
    response.destroy();
    await waitFor(async () => (await lone.upstream.connections()) <= 1);
  });
});

describe('Expect: 100-continue', () => {
  test('is answered when the body is wanted', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write(
      'POST /open/continue HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    await raw.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    raw.write('abc');
    expect(await raw.closed).toContain('HTTP/1.1 200 OK');
    expect(lone.upstream.received[0]?.body).toBe('abc');
  });

  test('is not, when the request is refused', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write(
      'POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    const answer = await raw.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain('100 Continue');
  });

  test('another expectation is refused', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write('GET /open/a HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nConnection: close\r\n\r\n');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test('a client that leaves takes its upstream request with it', async () => {
  let arrived = false;
  let closed = false;
  lone.upstream.onRequest = (_request, response) => {
    arrived = true;
    response.on('close', () => (closed = true));
    return true;
  };
  const raw = await openRawSocket(lone.edge.url);
  raw.write('GET /open/abandoned HTTP/1.1\r\nHost: h\r\n\r\n');
  await waitFor(() => arrived);
  raw.destroy();
  await waitFor(() => closed);
});

async function open(target: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(lone.edge.url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path: target, agent: false }, resolve).once('error', reject).end();
  });
}

/** The next piece of a response as text, or `undefined` at its end. */
function next(response: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    response.once('error', reject);
    response.once('end', () => resolve(undefined));
    response.once('data', (chunk: Buffer) => {
      response.pause();
      resolve(chunk.toString());
    });
    response.resume();
  });
}
