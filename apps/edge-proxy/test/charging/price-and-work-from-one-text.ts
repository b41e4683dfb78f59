import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send, type Sending } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

const GENERATE = '/api/v1/timepoints/generate/sync';

export function priceAndWorkFromOneText(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let user: SignedIn;
  beforeAll(() => {
    stack = shared();
  });
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
  });

  /** A body of a type, as bytes. */
  type Body = readonly [type: string | readonly string[], body: string | Buffer, coding?: string];

  const sending = ([type, body, coding]: Body): Sending => ({
    method: 'POST',
    body,
    rawHeaders: [
      ...[type].flat().flatMap((value) => ['Content-Type', value]),
      ...(coding === undefined ? [] : ['Content-Encoding', coding]),
    ],
  });

  /** What two servers read in two ways, by a JSON object `text`. */
  const twoReadings = (text: string): [string, number, Body][] => [
    ['another charset', 415, ['application/json; charset=utf-7', text]],
    ['UTF-16', 415, ['application/json; charset=utf-16', Buffer.from(text, 'utf16le')]],
    ['UTF-16 without a word', 400, ['application/json', Buffer.from(text, 'utf16le')]],
    ['a charset in quotes', 415, ['application/json; charset="iso-8859-1"', text]],
    ['a charset beside the right one', 415, ['application/json; charset=utf-8; charset=utf-7', text]],
    ['a charset in extended notation', 415, ["application/json; charset*=utf-8''utf-7", text]],
    ['a list of types', 415, ['application/json, application/json; charset=utf-7', text]],
    ['two types', 400, [['application/json', 'application/json; charset=utf-7'], text]],
    ['a type that some take for JSON', 415, ['application/vnd.api+json', text]],
    ['a type that is none', 415, ['json', text]],
    ['no type', 415, [[], text]],
    ['a form', 415, ['application/x-www-form-urlencoded', text]],
    ['compressed bytes', 415, ['application/json', gzipSync(text), 'gzip']],
    ['a byte order mark', 400, ['application/json', `\ufeff${text}`]],
    ['bytes that are no UTF-8', 400, ['application/json', Buffer.from(text.replace('}', ',"x":"\xff"}'), 'latin1')]],
    ['a member given twice', 400, ['application/json', text.replace('}', `,${text.slice(1)}`)]],
    ['a list around the object', 400, ['application/json', `[${text}]`]],
    ['two objects', 400, ['application/json', text + text]],
    ['a comment', 400, ['application/json', text.replace('}', '/**/}')]],
  ];

  describe('a body that a price is picked from is refused, and costs nothing, where a backend could read', () => {
    test.each(twoReadings('{"preset":"balanced","query":"x"}'))('%s: %i', async (_what, status, body) => {
      const answer = await stack.send(GENERATE, { ...sending(body), token: user.token });
      expect(answer.status).toBe(status);
      expect(stack.upstream.received).toEqual([]);
      expect(await stack.balance(user)).toBe(50);
    });

    test('a price that hides in UTF-7', async () => {
      const text = '{"preset":"balanced","query":"x+ACI-,+ACI-preset+ACI-:+ACI-hd"}';
      const answer = await stack.send(GENERATE, {
        ...sending(['application/json; charset=utf-7', text]),
        token: user.token,
      });
      expect([answer.status, stack.upstream.received, await stack.balance(user)]).toEqual([415, [], 50]);
    });
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;CHARSET="UTF-8"; v=1'])(
    '%s is read alike by everyone',
    async (type) => {
      const answer = await stack.send(GENERATE, { ...sending([type, '{"preset":"hd"}']), token: user.token });
      expect([answer.status, answer.headers['x-credits-charged']]).toEqual([200, '10']);
      expect(stack.upstream.received[0]?.headers['content-type']).toBe(type);
    },
  );

  describe('a body that a limit is picked from is refused where the service could read', () => {
    test.each(twoReadings('{"refresh_token":"rt_0123456789"}'))('%s: %i', async (_what, status, body) => {
      expect((await stack.send('/api/v1/auth/refresh', sending(body))).status).toBe(status);
    });
  });

  describe('methods whose body some servers ignore', () => {
    let edge: RunningApp;
    let routes: RoutesFile;
    beforeAll(async () => {
      routes = await writeRoutesFile(
        'retries: 0',
        "id: any, path: /any, methods: any, auth: required, charge: { operation: 'generate_{preset}', from: { preset: { body: preset, default: balanced } } }",
      );
      edge = await stack.startEdge({ ROUTES_FILE: routes.path });
    });
    afterAll(() => routes.remove());

    test.each(['GET', 'DELETE'])('%s: none decides a price', async (method) => {
      const refused = await send(edge.url, '/any', { method, json: { preset: 'hd' }, token: user.token });
      expect([refused.status, stack.upstream.received]).toEqual([400, []]);
      const answer = await send(edge.url, '/any', { method, token: user.token });
      expect([answer.status, answer.headers['x-credits-charged']]).toEqual([200, '5']);
    });
  });
}
