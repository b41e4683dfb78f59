import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { firstPartyEndpoints } from '../src/index.ts';
import { buildOpenApi, proxiedPaths } from '../src/openapi/index.ts';

/** Redocly's rules (redocly.yaml) on the document, and on broken ones that they must refuse. */

const CONFIG = fileURLToPath(new URL('../redocly.yaml', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json');
const CLI = path.join(path.dirname(manifest), 'bin', 'cli.js');
/** Nothing is sent to or asked of anybody. */
const SILENT = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-lint-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Names of the rules that a document breaks. */
async function rulesBroken(document: unknown): Promise<string[]> {
  const file = path.join(folder, 'document.json');
  await writeFile(file, JSON.stringify(document));
  const args = [CLI, 'lint', file, '--config', CONFIG, '--format', 'json'];
  const text = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env: { PATH: process.env['PATH'], ...SILENT } }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  const { problems } = JSON.parse(text) as { readonly problems: readonly { readonly ruleId: string }[] };
  return [...new Set(problems.map(({ ruleId }) => ruleId))];
}

const served = () =>
  buildOpenApi({
    endpoints: firstPartyEndpoints,
    version: '1',
    serverUrl: 'https://api.turnpike.test',
    more: proxiedPaths([
      {
        id: 'orders.make',
        path: '/orders/:shop/*',
        methods: undefined,
        access: 'user',
        apiKeys: true,
        scope: 'orders:write',
        operation: 'order',
        bodyBytesMax: 1_024,
        webSocket: true,
      },
    ]),
  });

test('the document breaks no rule, with the routes of a routes file too', async () => {
  expect(await rulesBroken(served())).toEqual([]);
});

/** The operation that is broken. */
type Operation = Record<string, unknown>;
const balanceIn = (document: Operation): Operation =>
  (document['paths'] as Record<string, Record<string, Operation>>)['/api/v1/credits/balance']?.['get'] ?? {};

test.each<[string, string, (document: Operation) => void]>([
  [
    'two operations of one name',
    'operation-operationId-unique',
    (document) => (balanceIn(document)['operationId'] = 'auth.getMe'),
  ],
  ['an operation without a summary', 'operation-summary', (document) => delete balanceIn(document)['summary']],
  ['no server', 'no-empty-servers', (document) => delete document['servers']],
  [
    'no word of success',
    'rule/success-is-told',
    (document) => (balanceIn(document)['responses'] = { 400: { description: 'No' } }),
  ],
  [
    'a reference to nothing',
    'no-unresolved-refs',
    (document) => (balanceIn(document)['responses'] = { 200: { $ref: '#/components/responses/Nowhere' } }),
  ],
])('a document with %s is refused', async (_what, rule, breakIt) => {
  const document = structuredClone(served());
  breakIt(document);
  expect(await rulesBroken(document)).toContain(rule);
});
