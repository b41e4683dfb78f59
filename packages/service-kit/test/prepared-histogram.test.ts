import { expect, test } from '@jest/globals';
import { AggregatorRegistry, Histogram, Registry } from '@prometheus-io/client';
import { PreparedHistogram } from '../src/process/prepared-histogram.ts';

const ABOUT = { name: 'turnpike_some_seconds', help: 'Some times.', labelNames: ['route', 'status'] };
const BUCKETS = [0.1, 0.5, 2.5];
/** On a bound, between two, below the first and past the last. */
const OBSERVED = { first: [0.1, 0.3, 0.5, 0.01, 2.6, 2.5], second: [7, 0.2] };

function registryOf(kind: 'prepared' | 'library'): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'test' });
  const options = { ...ABOUT, buckets: [...BUCKETS], registers: [registry] };
  const prepared = kind === 'prepared' ? new PreparedHistogram(options) : undefined;
  const library = prepared ?? new Histogram(options);
  for (const [route, values] of Object.entries(OBSERVED)) {
    const labels = { route, status: 200 };
    const series = prepared?.prepare(labels) ?? { observe: (value: number) => library.observe(labels, value) };
    for (const value of values) series.observe(value);
  }
  return registry;
}

/** A line as its name, its labels in one order, and its value. */
const lines = (text: string): string[] =>
  text.split('\n').map((line) => {
    const [, name, labels, value] = /^(\w+)\{(.*)\} (.*)$/.exec(line) ?? [];
    return name === undefined ? line : `${name} ${labels?.split(',').toSorted().join()} ${value}`;
  });

test('a prepared histogram tells what the one of the library does', async () => {
  const expected = lines(await registryOf('library').metrics());
  expect(expected).toContain('turnpike_some_seconds_bucket le="0.5",route="first",service="test",status="200" 4');
  expect(lines(await registryOf('prepared').metrics())).toEqual(expected);
});

test('those of several workers add up as the ones of the library do', async () => {
  const sumOf = async (kind: 'prepared' | 'library'): Promise<string[]> => {
    const workers = [await registryOf(kind).getMetricsAsJSON(), await registryOf(kind).getMetricsAsJSON()];
    return lines(await AggregatorRegistry.aggregate(workers).metrics());
  };
  const expected = await sumOf('library');
  expect(expected).toContain('turnpike_some_seconds_count route="second",service="test",status="200" 4');
  expect(await sumOf('prepared')).toEqual(expected);
});
