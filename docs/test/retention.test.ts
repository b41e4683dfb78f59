import { globSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isDeclaredRedisKey } from '@turnpike/contracts';
import { readText, repositoryRoot } from '../build/repository.ts';
import { serviceLives } from '../build/retention-page.ts';

/** Nothing is kept of which nobody has said how long. */

describe.each(Object.entries(serviceLives))('%s', (service, { retentions, staying }) => {
  const tables = [...readText(`apps/${service}/prisma/schema.sql`).matchAll(/^CREATE TABLE "?(\w+)"? \(/gm)].map(
    ([, table = '']) => table,
  );

  test('every table has one life: it is swept, or says why not', () => {
    const swept = new Set(retentions.map(({ table }) => table));
    expect([...swept, ...Object.keys(staying)].toSorted()).toEqual(tables.toSorted());
  });
});

test('every service with a database has said so', () => {
  const databases = globSync('apps/*/prisma/schema.sql', { cwd: repositoryRoot }).map(
    (file) => file.split('/')[1] ?? '',
  );
  // The example is there to be replaced.
  expect(databases.filter((app) => app !== 'example-downstream').toSorted()).toEqual(
    Object.keys(serviceLives).toSorted(),
  );
});

test('every key of Redis that a source names is of a declared kind', () => {
  const sources = ['apps/*/src/**/*.ts', 'packages/{service-kit,ledger-client,contracts}/src/**/*.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: repositoryRoot }))
    .filter((file) => !/\.test\.ts$|\/generated\/|redis-keys\.ts$/.test(file));
  const named = sources.flatMap((file) =>
    [...readText(file).matchAll(/['`](\{(?:turnpike|limit)[^'`\n]*)['`]/g)].map(([, key = '']) => ({ file, key })),
  );
  expect(named.length).toBeGreaterThan(10);
  const undeclared = named
    // The prefix of queues, whose names stand elsewhere.
    .filter(({ key }) => key !== '{turnpike}')
    .filter(({ key }) => !isDeclaredRedisKey(key) && !isDeclaredRedisKey(`${key}:x`));
  expect(undeclared).toEqual([]);
});
