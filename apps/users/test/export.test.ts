import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makePerson, type Person } from './person.ts';
import { startStack, vouchFor, type Stack } from './stack.ts';
import { ADMIN_KEY, SECRETS, SERVICE_KEY } from './start-users.ts';

const PATH = '/api/v1/users/me/export';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack();
  person = await makePerson(stack);
});
afterAll(() => stack.stop());

type Sections = Record<string, Record<string, unknown>[]>;

test('holds what every service and backend knows of the caller', async () => {
  const answer = await stack.asUser(person.userId, 'users', 'GET', PATH);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="export-\d{4}-\d\d-\d\d\.json"$/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body).toMatchObject({
    unavailable: [],
    user: {
      id: person.userId,
      email: `${person.canary}@example.com`,
      display_name: `Name of ${person.canary}`,
      tier: 'pro',
    },
  });
  const sections = answer.body as Sections;
  expect(Object.keys(sections)).toEqual(
    expect.arrayContaining(['user', 'identities', 'sessions', 'api_keys', 'credit_history', 'timepoints']),
  );
  expect(sections['sessions']?.map(({ id }) => id)).toContain(person.sessionId);
  expect(sections['credit_history']?.map(({ description }) => description)).toContain(`For ${person.canary}`);
  expect(sections['timepoints']?.map(({ query }) => query)).toEqual([`What ${person.canary} saw`]);
});

test('times are in UTC and end in Z, of every service', async () => {
  const text = JSON.stringify((await stack.asUser(person.userId, 'users', 'GET', PATH)).body);
  const times = text.match(/"\d{4}-\d\d-\d\d[T ][^"]*"/g) ?? [];
  expect(times.length).toBeGreaterThan(10);
  expect(times.filter((time) => !/T\d\d:\d\d:\d\d(?:\.\d+)?Z"$/.test(time))).toEqual([]);
});

test('names each section once', async () => {
  const response = await fetch(stack.urls.users + PATH, { headers: vouchFor(person.userId, 'GET', PATH) });
  const text = await response.text();
  const parsed = JSON.parse(text) as object;
  // A name given twice would be dropped by the parser, and the text shorter when written again.
  expect(JSON.stringify(parsed).length).toBe(text.replace(/,\n/g, ',').trim().length);
});

test('holds nobody else’s data and no secrets', async () => {
  const other = await makePerson(stack);
  const text = JSON.stringify((await stack.asUser(person.userId, 'users', 'GET', PATH)).body);
  expect(text).not.toContain(other.canary);
  expect(text).not.toContain(other.userId);
  for (const secret of [person.accessToken, SERVICE_KEY, ADMIN_KEY, ...Object.values(SECRETS)])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/digest|sealed|hash|secret|refresh_token/i);
});

test('a list of more than a page is whole', async () => {
  const many = await makePerson(stack);
  for (let made = 0; made < 120; made += 20) {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        stack.asUser(many.userId, 'example-downstream', 'POST', '/api/v1/timepoints/generate/sync', {
          query: 'one of many',
        }),
      ),
    );
  }
  const { timepoints } = (await stack.asUser(many.userId, 'users', 'GET', PATH)).body as Sections;
  expect(new Set(timepoints?.map(({ id }) => id)).size).toBe(121);
});

test('401 without a vouched-for user', async () => {
  expect((await stack.asService('users', 'GET', PATH)).status).toBe(401);
});

test('a backend that is down is named, a service of ours is 503', async () => {
  await stack.apps['example-downstream'].kill();
  const partial = await stack.asUser(person.userId, 'users', 'GET', PATH);
  await stack.start('example-downstream');
  expect(partial).toMatchObject({
    status: 200,
    body: { unavailable: ['timepoints'], timepoints: null, user: { id: person.userId } },
  });
  await stack.apps.credits.kill();
  const refused = await stack.asUser(person.userId, 'users', 'GET', PATH);
  await stack.start('credits');
  expect(refused).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
});
