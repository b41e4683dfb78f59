import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, repositoryRoot } from '../infra/repository.ts';

/**
 * House rule: turbo remembers that tests passed only as long as everything that they may start or read is as it was. Tests start any app, as a
 * process, and read its migrations, which no import tells of.
 */

interface Task {
  readonly dependsOn: readonly string[];
  readonly cache?: boolean;
}
const { tasks } = JSON.parse(readText('turbo.json')) as { readonly tasks: Readonly<Record<string, Task>> };
const apps = readdirSync(path.join(repositoryRoot, 'apps'));
/** Packages whose tests start apps or read their files. */
const STARTERS = ['cli', 'local-stack', 'migrate', 'test-kit', 'e2e', 'docs', 'bench'];

test.each([...apps, ...STARTERS])('the tests of %s are run again when any app has changed', (name) => {
  const others = apps.filter((app) => app !== name).map((app) => `@turnpike/${app}#sources`);
  expect(tasks[`@turnpike/${name}#test`]?.dependsOn).toEqual(expect.arrayContaining(['^sources', ...others]));
});

test.each(['e2e', 'docs', 'bench'])(
  'the tests of %s, which read the whole repository, are never remembered',
  (name) => {
    expect(tasks[`@turnpike/${name}#test`]?.cache).toBe(false);
  },
);
