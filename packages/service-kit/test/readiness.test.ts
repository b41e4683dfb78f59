import { expect, test } from '@jest/globals';
import { startFixture } from './fixture-app.ts';

const up = () => Promise.resolve('anything');
const degraded = () => Promise.resolve('degraded');
const down = () => Promise.reject(new Error('down'));
const silent = () => new Promise<never>(() => {});

test.each([
  ['all is well', { required: { a: up }, optional: { b: up } }, 200, 'ready', { a: 'up', b: 'up' }],
  ['nothing is needed', { required: {} }, 200, 'ready', {}],
  ['an optional one is down', { required: { a: up }, optional: { b: down } }, 200, 'degraded', { a: 'up', b: 'down' }],
  ['one works in part', { required: { a: degraded } }, 200, 'degraded', { a: 'degraded' }],
  ['a required one is down', { required: { a: down }, optional: { b: up } }, 503, 'not_ready', { a: 'down', b: 'up' }],
  ['a required one is silent', { required: { a: silent } }, 503, 'not_ready', { a: 'down' }],
] as const)('readiness where %s', async (_case, readiness, status, said, checks) => {
  const fixture = await startFixture({ readiness });
  const response = await fetch(`${fixture.url}/health/ready`);
  expect([response.status, await response.json()]).toMatchObject([status, { status: said, checks }]);
  await fixture.close();
});

test('however many ask, the dependencies are asked about once a second', async () => {
  let questions = 0;
  let answer: (() => void) | undefined;
  const fixture = await startFixture({
    readiness: {
      required: {
        slow: () =>
          new Promise<void>((resolve) => {
            questions += 1;
            answer = resolve;
            if (questions > 1) resolve();
          }),
      },
    },
  });
  const startedMs = performance.now();
  const asking = Promise.all(Array.from({ length: 50 }, () => fetch(`${fixture.url}/health/ready`)));
  while (answer === undefined) await new Promise(setImmediate);
  answer();
  expect(new Set((await asking).map(({ status }) => status))).toEqual(new Set([200]));
  while (questions < 3) await (await fetch(`${fixture.url}/health/ready`)).text();
  const seconds = (performance.now() - startedMs) / 1_000;
  // The first was asked before the clock had gone on, each other one a second after the one before.
  expect(seconds).toBeGreaterThan(1.9);
  await fixture.close();
});
