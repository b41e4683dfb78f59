import { globSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { z } from 'zod';
import { metrics } from '../build/metrics-page.ts';
import { readText, repositoryRoot } from '../build/repository.ts';

/** Every expression of a dashboard or an alert is PromQL, and asks for series that a process of ours shows. */

/** What the client library and Prometheus itself add. */
const DEFAULTS = new Set([
  'up',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
  'nodejs_eventloop_lag_p99_seconds',
]);
const EVERYWHERE = ['service', 'job', 'instance'];

const labelsOf = new Map<string, ReadonlySet<string>>();
for (const { name, kind, labels } of metrics()) {
  const own = [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
  const all = new Set([...own, ...EVERYWHERE]);
  if (kind !== 'histogram') labelsOf.set(name, all);
  else for (const part of ['count', 'sum', 'bucket']) labelsOf.set(`${name}_${part}`, new Set([...all, 'le']));
}
for (const name of DEFAULTS) labelsOf.set(name, new Set(EVERYWHERE));

const alerts = z
  .object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            alert: z.string(),
            expr: z.string(),
            labels: z.object({ severity: z.enum(['critical', 'warning']) }),
            annotations: z.object({ summary: z.string(), runbook: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readText('infra/observability/alerts.yaml')))
  .groups.flatMap(({ rules }) => rules);

const dashboard = z.object({
  title: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(1),
});
const dashboards = globSync('infra/observability/dashboards/*.json', { cwd: repositoryRoot });
const shown = dashboards.flatMap((file) =>
  dashboard
    .parse(JSON.parse(readText(file)))
    .panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr }))),
);

/** What is wrong with an expression; empty where nothing is. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  const named: string[] = [];
  const labels: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, type, from, to, node }) => {
      const text = expr.slice(from, to);
      if (type.isError) faults.push(`no PromQL at "${expr.slice(from, from + 20)}"`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') named.push(text);
      if (name === 'LabelName') labels.push(text);
    },
  });
  const unknown = named.filter((name) => !labelsOf.has(name));
  const known = new Set(named.flatMap((name) => [...(labelsOf.get(name) ?? [])]));
  if (named.length === 0) faults.push('asks for no series');
  faults.push(...unknown.map((name) => `no process shows ${name}`));
  faults.push(...labels.filter((label) => !known.has(label)).map((label) => `no such label: ${label}`));
  return faults;
}

test('the check finds what is wrong', () => {
  expect(faultsOf('sum(rate(turnpike_edge_refusals_total[5m]))')).toEqual([]);
  expect(faultsOf('sum(rate(turnpike_edge_refusal_total[5m]))')).toEqual([
    'no process shows turnpike_edge_refusal_total',
  ]);
  expect(faultsOf('sum by (colour) (turnpike_edge_refusals_total)')).toEqual(['no such label: colour']);
  expect(faultsOf('turnpike_edge_refusals_total{colour="red"}')).toEqual(['no such label: colour']);
  expect(faultsOf('turnpike_http_request_duration_seconds')).not.toEqual([]);
  expect(faultsOf('sum(rate(turnpike_edge_refusals_total[5m])')).not.toEqual([]);
});

test('there are dashboards for each part', () => {
  expect(dashboards.map((file) => file.split('/').at(-1) ?? '').toSorted()).toEqual(
    ['edge.json', 'ledger.json', 'llm.json', 'overview.json', 'queues.json', 'sign-in.json'].toSorted(),
  );
});

test.each(shown)('$where', ({ expr }) => {
  expect(faultsOf(expr)).toEqual([]);
});

test.each(alerts)('the alert $alert', ({ alert, expr, annotations }) => {
  expect(faultsOf(expr)).toEqual([]);
  expect(annotations.runbook).toBe(`docs/incidents.md#${alert.toLowerCase()}`);
});

test('every alert has a section of what to do, and no section is without its alert', () => {
  const sections = [...readText('docs/incidents.md').matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name);
  expect(sections.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});
