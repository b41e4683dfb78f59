import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPEN_ROUTES, startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { send } from './support/send.ts';

interface Operation {
  readonly 'x-operation'?: string;
  readonly 'x-scope'?: string;
  readonly security: unknown;
  readonly responses: object;
}
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const METERED = `
  - { id: orders.make, path: "/orders/:shop/*", methods: [POST], upstream: raw, auth: required, charge: { operation: order }, limit: tier, scope: orders:write }
`;

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge(
    { PUBLIC_URL: 'https://api.example.com' },
    OPEN_ROUTES + METERED.trimStart().replace(/^/, '  '),
  );
});
afterAll(() => lone.stop());

const documentOf = async (): Promise<Document> => (await lone.send('/openapi.json')).body as unknown as Document;

describe('GET /openapi.json', () => {
  test('lists what answers here: the contracts, the own routes, and the routes file with its auth, price and scope', async () => {
    const { servers, paths } = await documentOf();
    expect(servers).toEqual([{ url: 'https://api.example.com' }]);
    for (const path of ['/health', '/openapi.json', '/docs', '/api/v1/credits/balance', '/auth/api-keys'])
      expect(paths).toHaveProperty([path]);
    expect(paths['/orders/{shop}/{rest}']?.['post']).toMatchObject({
      operationId: 'orders.make',
      'x-operation': 'order',
      'x-scope': 'orders:write',
      security: [{ accessToken: [] }, { apiKey: [] }],
      responses: {
        402: { $ref: '#/components/responses/Backend402' },
        504: { $ref: '#/components/responses/Backend504' },
      },
    });
    expect(paths['/open/small']?.['post']?.security).toEqual([]);
    expect(Object.keys(paths['/open/{rest}'] ?? {})).toEqual(['get', 'post', 'put', 'patch', 'delete']);
  });

  test('is compressed and not sent again to who has it', async () => {
    const answers = await Promise.all(
      ['br', 'gzip', 'identity'].map((coding) =>
        fetch(`${lone.edge.url}/openapi.json`, { headers: { 'Accept-Encoding': coding } }),
      ),
    );
    expect(answers.map(({ headers }) => headers.get('content-encoding'))).toEqual(['br', 'gzip', null]);
    const [first = '', ...others] = await Promise.all(answers.map((answer) => answer.text()));
    expect(others).toEqual([first, first]);
    const etag = answers[0]?.headers.get('etag') ?? '';
    const again = await send(lone.edge.url, '/openapi.json', { headers: { 'If-None-Match': etag } });
    expect([again.status, again.text, again.headers['x-request-id']]).toEqual([304, '', expect.any(String)]);
  });

  test('follows a new routes file', async () => {
    const edge = await lone.startEdge();
    await lone.writeRoutes(OPEN_ROUTES.replaceAll('/closed/*', '/shut/*'));
    process.kill(edge.pid, 'SIGHUP');
    for (;;) {
      const { paths } = (await send(edge.url, '/openapi.json')).body as unknown as Document;
      if (paths['/shut/{rest}'] !== undefined) {
        expect(paths).not.toHaveProperty(['/closed/{rest}']);
        return;
      }
    }
  });
});

describe('pages', () => {
  test('come from here only, under a content policy', async () => {
    const page = await lone.send('/docs');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; connect-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
    const linked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    for (const path of linked.filter((link) => !link.startsWith('data:')))
      expect([path, (await lone.send(path)).status]).toEqual([path, 200]);
  });

  test('name every error code in a place of its own', async () => {
    const { text } = await lone.send('/docs/errors');
    expect(text).toContain(
      '<section id="auth.insufficient_credits"><h2><code>auth.insufficient_credits</code></h2><p><strong>402',
    );
  });

  test('answer nothing else, and nothing where they are switched off', async () => {
    expect((await lone.send('/docs/../../etc/passwd')).status).toBe(400);
    expect((await lone.send('/docs/nothing.js')).status).toBe(404);
    expect((await lone.send('/docs', { method: 'POST' })).status).toBe(405);
    const silent = await lone.startEdge({ SERVE_DOCS: 'false' });
    for (const path of ['/docs', '/openapi.json', '/docs/scalar.js'])
      expect((await send(silent.url, path)).status).toBe(404);
  });
});
