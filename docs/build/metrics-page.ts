import { globSync } from 'node:fs';
import { code, page, table } from './markdown.ts';
import { readText, repositoryRoot } from './repository.ts';

/** A metric, as the source that registers it tells of it. */
interface Metric {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly help: string;
  readonly labels: string;
}

const SOURCES = ['apps/*/src/**/*.ts', 'packages/service-kit/src/**/*.ts'];
/** A constructor of @prometheus-io/client, or of ours over one, with its options. Where they are a helper's parameters, the helper's calls tell of the metrics. */
const CONSTRUCTED = /new (?:Prepared)?(Counter|Gauge|Histogram)(?:<[^>]*>)?\(\{\s*name: [^]*?\n\s*\}\)/g;
const BY_HELPER = /(?<![\w.])(counter|gauge|upstreamGauge)\(\s*'(\w+)',\s*(['"])([^]*?)\3,?\s*(?:\[([^\]]*)\])?/g;

/** Every metric that a process of ours registers, in the order of the sources. */
export function metrics(): Metric[] {
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: repositoryRoot })).toSorted();
  return files
    .filter((file) => !/\.test\.ts$|\/generated\//.test(file))
    .flatMap((file) => {
      const source = readText(file);
      if (!source.includes("from '@prometheus-io/client'")) return [];
      const constructed = [...source.matchAll(CONSTRUCTED)].map(([options, kind = '']) => ({
        file,
        kind: kind.toLowerCase(),
        name: /name: '(\w+)'/.exec(options)?.[1] ?? '',
        help: /help:\s*(['"])([^]*?)\1,\n/.exec(options)?.[2] ?? '',
        labels: labelsOf(/labelNames: \[([^\]]*)\]/.exec(options)?.[1]),
      }));
      const byHelper = [...source.matchAll(BY_HELPER)].map(([, helper = '', name = '', , help = '', labels]) => ({
        file,
        kind: helper === 'counter' ? 'counter' : 'gauge',
        name,
        help,
        labels: helper === 'upstreamGauge' ? code('upstream') : labelsOf(labels),
      }));
      return [...constructed, ...byHelper];
    });
}

function labelsOf(text = ''): string {
  return [...text.matchAll(/'(\w+)'/g)].map(([, label]) => code(label)).join(', ');
}

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  const byRoom = Map.groupBy(metrics(), ({ file }) => file.split('/')[1] ?? '');
  const rooms = [...byRoom].toSorted(([a], [b]) => Number(b === 'service-kit') - Number(a === 'service-kit'));
  return page(
    'Metrics',
    'What `/metrics` of each process shows, in the format of Prometheus, beside the defaults of @prometheus-io/client (`process_…`, `nodejs_…`). Every series has the label `service`. The edge shows them on `METRICS_PORT` only, the console on `CONSOLE_METRICS_PORT`. [docs/readiness.md](../readiness.md) says what to alert on.',
    ...rooms.flatMap(([room, all]) => [
      room === 'service-kit' ? '## In every service that has the part' : `## ${room}`,
      table(
        ['Metric', 'Kind', 'Meaning', 'Labels'],
        all.map(({ kind, name, help, labels }) => [code(name), kind, help.replaceAll("\\'", "'"), labels]),
      ),
    ]),
  );
}
