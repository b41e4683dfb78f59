import { expect, test } from '@jest/globals';
import { files, textOf } from './files.ts';

/** House rule: a setting that a page for readers names is one that there is, and is spelled as it is read. */

const SETTING = /`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`/g;

const known = new Set([
  ...[...textOf('docs/reference/settings.md').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name),
  ...[...textOf('.env.example').matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name = '']) => name),
  // What is read by others than a service: the command line, an exporter, Kubernetes.
  'TURNPIKE_ACCESS_TOKEN',
  'TURNPIKE_API_KEY',
  'TURNPIKE_URL',
  'MIGRATION_DATABASE_URL',
]);

/** Standard variables of OpenTelemetry, settings of the examples' backends, and constants of our sources. */
const isOfOthers = (name: string): boolean =>
  /^(?:OTEL|ORDERS|SHOP)_/.test(name) || ['ERROR_GUIDE', 'REDIS_KEYS'].includes(name);

function unknownIn(text: string): string[] {
  const names = [...text.matchAll(SETTING)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => !known.has(name) && !isOfOthers(name));
}

const pages = files.filter(
  (file) => /^(?:docs\/[^/]+|infra\/README|README)(?:\.md)?$/.test(file) && file.endsWith('.md'),
);

test('a name that is none is noticed', () => {
  expect(unknownIn('set `USAGE_RETENTION_DAY=7`, `PUBLIC_URL` and `OTEL_BSP_SCHEDULE_DELAY`')).toEqual([
    'USAGE_RETENTION_DAY',
  ]);
  expect(pages.length).toBeGreaterThan(25);
});

test.each(pages)('%s names settings that there are', (page) => {
  expect(unknownIn(textOf(page))).toEqual([]);
});
