import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyGatewaySignature } from '@turnpike/contracts';
import { KEYS } from './support/keys.ts';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { sendRaw } from './support/raw-socket.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

/** What the upstream received under a name in any spelling. */
const valuesOf = (name: string): string[] => {
  const raw = lone.upstream.received[0]?.rawHeaders ?? [];
  return raw.filter(
    (_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase().replaceAll(/[_.]/g, '-') === name,
  );
};

describe('a forged header of identity or trust does not arrive', () => {
  test.each([
    'x-user-id',
    'x-user-email',
    'x-user-tier',
    'x-tenant-id',
    'x-tenant-slug',
    'x-tenant-role',
    'x-gateway-metered',
    'x-gateway-session-id',
    'x-gateway-caller',
    'x-gateway-scopes',
    'x-gateway-shared',
    'x-gateway-operator',
    'x-gateway-key-id',
    'x-gateway-key-constraints',
    'x-gateway-tenant-role',
    'x-gateway-tenant-env',
    'x-gateway-tenant-id',
    'x-gateway-project-id',
    'x-gateway-signature-v2',
    'x-gateway-signature-v3',
    'x-gateway-of-tomorrow',
    'x-inactive-reason',
    'x-inactive-subject',
    'x-admin-key',
    'x-api-key',
    'authorization',
    'forwarded',
    'x-real-ip',
    'x-original-url',
    'x-http-method-override',
    'x-credits-cost',
  ])('%s', async (name) => {
    const underscored = name.replaceAll('-', '_');
    const mixed = name.replace('-', '_');
    const spellings = [
      name,
      name.toUpperCase(),
      underscored,
      underscored.toUpperCase(),
      mixed,
      name.replaceAll('-', '.'),
    ];
    // One at a time of those that may not be repeated.
    for (const spelling of spellings) {
      lone.upstream.reset();
      const answer = await lone.send('/open/forged', { rawHeaders: [spelling, 'forged', 'X-Kept', '1'] });
      expect(answer.status).toBe(200);
      expect(valuesOf(name)).toEqual([]);
      expect(valuesOf('x-kept')).toEqual(['1']);
    }
  });

  test.each([
    'x-service-key',
    'x-gateway-signature',
    'x-gateway-timestamp',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-request-id',
  ])('%s arrives once, as the edge says', async (name) => {
    await lone.send('/open/forged', { rawHeaders: [name, 'forged value', name.replaceAll('-', '_'), 'forged value'] });
    expect(valuesOf(name)).toHaveLength(1);
    expect(valuesOf(name)).not.toContain('forged value');
  });

  test('repeated and nominated in Connection: neither the forged one nor the loss of ours', async () => {
    await lone.send('/open/forged', {
      rawHeaders: [
        'X-User-ID',
        'a',
        'x-user-id',
        'b',
        'Connection',
        'close, X-User-ID, X-Gateway-Signature, X-Service-Key, X-Forwarded-For, X-Request-ID',
      ],
    });
    expect(valuesOf('x-user-id')).toEqual([]);
    expect(valuesOf('x-gateway-signature')).toHaveLength(1);
    expect(valuesOf('x-service-key')).toEqual([lone.env['RAW_SERVICE_KEY']]);
    expect(valuesOf('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(valuesOf('x-request-id')).toHaveLength(1);
  });
});

describe('an organisation that is forged for an anonymous call', () => {
  const FAMILY = [
    'X-Tenant-ID',
    'X-Tenant-Slug',
    'X-Gateway-Tenant-Role',
    'X-Gateway-Tenant-Env',
    'X-Gateway-Signature-V2',
  ];
  const arrived = (): string[] =>
    (lone.upstream.received[0]?.rawHeaders ?? []).filter((text) => /tenant|signature.v2|forged/i.test(text));

  test('does not arrive when it is sent twice and in several spellings at once', async () => {
    const doubled = FAMILY.flatMap((name) => [
      name,
      'forged',
      name.toLowerCase(),
      'forged',
      name.replaceAll('-', '_'),
      'forged',
    ]);
    expect((await lone.send('/open/forged', { rawHeaders: doubled })).status).toBe(200);
    expect(arrived()).toEqual([]);
  });

  test('nor when Connection nominates it, which takes nothing of ours away', async () => {
    const nominated = ['Connection', `close, ${FAMILY.join(', ')}, X-Gateway-Timestamp`];
    expect(
      (await lone.send('/open/forged', { rawHeaders: [...FAMILY.flatMap((name) => [name, 'forged']), ...nominated] }))
        .status,
    ).toBe(200);
    expect(arrived()).toEqual([]);
    expect(valuesOf('x-gateway-timestamp')).toHaveLength(1);
  });

  test.each(FAMILY)('nor with a space or a tab behind the name of %s: such a request is none', async (name) => {
    for (const blank of [' ', '\t', ' \t ']) {
      const answer = await sendRaw(
        lone.edge.url,
        `GET /open/forged HTTP/1.1\r\nHost: h\r\n${name}${blank}: forged\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(lone.upstream.received).toEqual([]);
    }
  });

  test('nor on a line that continues the one before', async () => {
    const folded =
      'GET /open/forged HTTP/1.1\r\nHost: h\r\nX-Kept: 1\r\n X-Tenant-ID: forged\r\nConnection: close\r\n\r\n';
    expect(await sendRaw(lone.edge.url, folded)).toMatch(/^HTTP\/1\.1 400 /);
    expect(lone.upstream.received).toEqual([]);
  });
});

test('an anonymous request is signed for nobody, over the path that arrives', async () => {
  await lone.send('/open/%73igned?q=1');
  const [received] = lone.upstream.received;
  const verdict = verifyGatewaySignature(
    [KEYS.GATEWAY_SIGNING_SECRET],
    {
      signature: String(received?.headers['x-gateway-signature']),
      timestamp: String(received?.headers['x-gateway-timestamp']),
      method: 'GET',
      path: String(received?.target.split('?', 1)[0]),
      userId: '',
    },
    Math.floor(Date.now() / 1_000),
  );
  expect(verdict).toBe('valid');
});

test('a look-alike of what frames or types a body does not arrive', async () => {
  await lone.send('/open/body', {
    method: 'POST',
    body: '{}',
    rawHeaders: [
      'Content_Length',
      '9',
      'Content_Type',
      'text/plain',
      'Transfer_Encoding',
      'chunked',
      'Content-Type',
      'application/json',
    ],
  });
  expect(valuesOf('content-length')).toEqual(['2']);
  expect(valuesOf('content-type')).toEqual(['application/json']);
  expect(valuesOf('transfer-encoding')).toEqual([]);
});

test('a response cannot speak for the edge, nor give its keys away', async () => {
  lone.upstream.respond = (request, response) => {
    response.writeHead(200, {
      'X-RateLimit-Remaining': '999999999',
      'X-Credits-Charged': '0',
      'X-Service-Key': String(request.headers['x-service-key']),
      'X-Gateway-Signature': String(request.headers['x-gateway-signature']),
      'X-Request-ID': 'forged',
      'X-Powered-By': 'raw',
      Connection: 'X-Private',
      'X-Private': '1',
    });
    response.end('ok');
  };
  const answer = await lone.send('/open/echo', { headers: { 'X-Request-ID': 'mine' } });
  expect(answer.headers['x-request-id']).toBe('mine');
  expect(answer.headers['x-ratelimit-remaining']).not.toBe('999999999');
  for (const name of ['x-credits-charged', 'x-service-key', 'x-gateway-signature', 'x-powered-by', 'x-private'])
    expect(answer.headers).not.toHaveProperty(name);
});

describe('request ids', () => {
  test.each([
    ['a well-formed one is kept', 'abc-123', true],
    ['129 characters are too many', 'a'.repeat(129), false],
    ['a space', 'a b', false],
  ])('%s', async (_name, id, kept) => {
    const answer = await lone.send('/open/id', { headers: { 'X-Request-ID': id } });
    expect(answer.headers['x-request-id'] === id).toBe(kept);
    expect(lone.upstream.received[0]?.headers['x-request-id']).toBe(answer.headers['x-request-id']);
  });

  test('a trace is continued with its state; without a valid parent the state leaves too', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await lone.send('/open/trace', {
      rawHeaders: ['traceparent', traceparent, 'tracestate', 'a=b', 'Tracestate', 'c=d'],
    });
    expect(lone.upstream.received[0]?.headers).toMatchObject({ traceparent, tracestate: 'a=b, c=d' });
    for (const rawHeaders of [
      ['traceparent', '00-zz-zz-01', 'tracestate', 'a=b'],
      ['tracestate', 'a=b'],
      ['traceparent', traceparent, 'traceparent', traceparent, 'tracestate', 'a=b'],
    ]) {
      lone.upstream.reset();
      await lone.send('/open/trace', { rawHeaders });
      expect(lone.upstream.received[0]?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(lone.upstream.received[0]?.headers).not.toHaveProperty('tracestate');
    }
  });
});
