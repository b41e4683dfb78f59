import { expect, test } from '@jest/globals';
import * as contracts from '@turnpike/contracts';
import type { EndpointSpec } from '@turnpike/contracts';
import { files, textOf } from './files.ts';

/** House rule: every route has a test. A test file counts for a route when it names its path and its method. */

/** Files of tests, their helpers included. */
const sources = files
  .filter((file) => /^(?:apps|packages|e2e)\/.*\.ts$/.test(file) && /\/test\/|\.test\.ts$|^e2e\/support\//.test(file))
  .map((file) => textOf(file));

/** Paths that a source names, segment by segment; `*` is what is filled in when it runs. */
const namedIn = sources.map((source) => ({
  source,
  paths: [...source.matchAll(/[`'"]((?:\/|\$\{)[^`'"\s]*)[`'"]/g)].map(
    ([, text = '']) =>
      text
        .replaceAll(/\$\{[^}]*\}/g, '*')
        .split('?', 1)[0]
        ?.split('/') ?? [],
  ),
}));

/** Whether a path as a test writes it leads to the endpoint. One that begins with `*` continues a path from elsewhere. */
function leadsTo(named: readonly string[], endpoint: readonly string[]): boolean {
  const [first] = named;
  if (first === '*' && named.length > 1 && named.length < endpoint.length)
    return leadsTo(named.slice(1), endpoint.slice(1 - named.length));
  return (
    named.length === endpoint.length &&
    named.every((segment, at) => endpoint[at]?.startsWith(':') || segment.includes('*') || segment === endpoint[at])
  );
}

/** All that the contracts declare, those of the example backend among them. */
const declared: readonly unknown[] = Object.values(contracts);
const endpoints = declared.filter(
  (value): value is EndpointSpec => typeof value === 'object' && value !== null && 'method' in value && 'path' in value,
);

test.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  '%s has a test',
  (_name, { id, method, path }) => {
    // `*name` is one segment or several.
    const written = [path.replace(/\*(\w+)/, ':$1'), path.replace(/\*(\w+)/, ':$1/:$1')].map((one) => one.split('/'));
    const tested = namedIn.some(
      ({ source, paths }) =>
        source.includes(`'${id}'`) ||
        ((method === 'GET' || source.includes(`'${method}'`)) &&
          paths.some((named) => written.some((segments) => leadsTo(named, segments)))),
    );
    expect(tested).toBe(true);
  },
);
