import { readFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { reportOf, sightOf, type Document } from '../src/jest/documented-answers.ts';
import { readSeenAnswers, recordAnswers } from '../src/jest/seen-answers.ts';
import { runFixture } from './run-fixture.ts';

const document: Document = {
  paths: {
    '/things/{id}': { get: { operationId: 'things.get', responses: { 200: {}, 404: {}, 500: {} } } },
    '/things/latest': { get: { operationId: 'things.latest', responses: { 200: {} } } },
  },
};

test('an answer counts for the operation that it came from, by its most exact path', () => {
  expect(
    sightOf(document, ['GET /things/latest 200', 'GET /things/7/ 404', 'POST /things/7 200', 'GET /x 200']),
  ).toEqual({
    seen: ['things.latest 200', 'things.get 404'],
    unseen: ['things.get 200'],
  });
});

test('the report names what was not seen, by status', () => {
  const sight = { seen: [], unseen: ['a.b 404', 'c.d 200', 'e.f 404', 'g.h 404'] };
  expect(reportOf(sight, 2)).toBe('  200: c.d\n  404: 3 operations');
});

test('the committed document has answers to be seen', () => {
  const file = new URL('../../../docs/openapi.json', import.meta.url);
  const { unseen } = sightOf(JSON.parse(readFileSync(file, 'utf8')) as Document, []);
  expect(unseen.length).toBeGreaterThan(500);
});

let server: Server;
let url = '';
beforeAll(async () => {
  server = createServer((request, response) => response.writeHead(request.url === '/a?b=1' ? 200 : 404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('answers are recorded whichever way a test asks', async () => {
  const end = recordAnswers();
  await (await fetch(`${url}/a?b=1`)).text();
  await new Promise<void>((resolve, reject) => {
    get(`${url}/seen-by-http`, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
  await end();
  expect([...(await readSeenAnswers())]).toEqual(expect.arrayContaining(['GET /a 200', 'GET /seen-by-http 404']));
});

test('a run of all tests that sees fewer answers than before fails, and a run of one file does not', async () => {
  const whole = await runFixture('closes.fixture.ts', false);
  expect(whole.report).toMatch(/Tests saw \d+ documented answers; before, they saw \d+/);
  expect(whole.report).toMatch(/^1 passed, 0 failed$/m);
  expect(whole.failed).toBe(true);
  const one = await runFixture('closes.fixture.ts');
  expect(one.report).not.toContain('documented answers');
  expect(one.failed).toBe(false);
});
