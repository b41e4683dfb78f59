import { expect, test } from '@jest/globals';
import { files, textOf } from './files.ts';

/**
 * House rule: no statement's rows have a type that is only asserted. Services read through Prisma's own calls, or through `one`, `maybeOne` and
 * `many`, which check rows by a schema. A statement as text has one way to the database, in the kit, and its rows have no type there.
 */

/** The one place where a statement is a text. */
const TEXT = 'packages/service-kit/src/data/sql.ts';

const sources = files.filter(
  (file) => /^(?:apps\/[^/]+|packages\/service-kit)\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'),
);

test('the rule is held by every service and the kit', () => {
  const folders = new Set(sources.map((file) => file.split('/src/', 1)[0]));
  expect([...folders]).toEqual(
    expect.arrayContaining(['apps/auth', 'apps/credits', 'apps/users', 'packages/service-kit']),
  );
});

test.each([
  ['a statement as text', /\$(?:query|execute)RawUnsafe\b/],
  ['rows of an asserted type', /\bquery<(?!unknown)|\$queryRaw<(?!unknown|T = unknown)/],
  ['rows asserted afterwards', /\$queryRaw`[^`]*`\)? as /],
])('%s is nowhere but in the kit', (_what, pattern) => {
  expect(sources.filter((file) => file !== TEXT && pattern.test(textOf(file)))).toEqual([]);
});
