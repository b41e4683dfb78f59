import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/**
 * A client that breaks its own request after the answer has begun was told what it is charged, and is charged that. Before the answer it
 * costs nothing, and what the upstream breaks costs nothing either.
 */
export function whoeverBreaksAnExchangeBearsIt(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let edge: RunningApp;
  let routes: RoutesFile;
  let user: SignedIn;
  let arrived: boolean;
  beforeAll(async () => {
    stack = shared();
    routes = await writeRoutesFile(
      'retries: 0',
      'id: upload, path: /upload, methods: [POST], auth: required, charge: { operation: chat }, bodyBytesMax: 100000',
    );
    edge = await stack.startEdge({ ROUTES_FILE: routes.path, BODY_IDLE_TIMEOUT_MS: '300' });
  });
  afterAll(() => routes.remove());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
    arrived = false;
  });

  async function startUpload(): Promise<RawSocket> {
    const raw = await openRawSocket(edge.url);
    raw.write(
      `POST /upload HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`,
    );
    return raw;
  }

  /** Sends the first piece of a chunked body; the upstream answers at once, or never. */
  async function uploading({ answered }: { readonly answered: boolean }): Promise<RawSocket> {
    stack.upstream.onRequest = (request, response) => {
      arrived = true;
      request.on('error', () => {}).resume();
      if (answered) response.writeHead(200).write('begun');
      return true;
    };
    const raw = await startUpload();
    await waitFor(() => arrived);
    if (answered) expect(await raw.until(/begun/)).toMatch(/x-credits-charged: 1\r\n/i);
    return raw;
  }

  const WAYS: [string, (raw: RawSocket) => void][] = [
    ['sends more than the route allows', (raw) => raw.write(`20000\r\n${'x'.repeat(0x20000)}\r\n`)],
    ['sends nothing for too long', () => {}],
    ['sends what is no chunk', (raw) => raw.write('no chunk\r\n')],
    ['leaves', (raw) => raw.destroy()],
  ];

  describe('a client that, in the middle of its body,', () => {
    test.each(WAYS)('%s after the answer began pays what it was told', async (_way, breakOff) => {
      const raw = await uploading({ answered: true });
      breakOff(raw);
      await raw.closed;
      await waitFor(async () => (await charges()).length > 0);
      expect([await charges(), await stack.balance(user)]).toEqual([[-1], 49]);
    });

    test.each(WAYS)('%s before the answer began pays nothing', async (_way, breakOff) => {
      const raw = await uploading({ answered: false });
      breakOff(raw);
      await waitFor(async () => (await stack.balance(user)) === 50);
      expect(await charges()).toEqual([]);
      raw.destroy();
    });
  });

  test('an upstream that breaks off while the body is still coming is not paid', async () => {
    stack.upstream.onRequest = (request, response) => {
      request.on('error', () => {});
      response.writeHead(200).write('begun', () => response.destroy());
      return true;
    };
    const raw = await startUpload();
    await raw.closed;
    await waitFor(async () => (await stack.balance(user)) === 50);
    expect(await charges()).toEqual([]);
  });

  async function charges(): Promise<number[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).flatMap(({ amount }) => (amount < 0 ? [amount] : []));
  }
}
