import { z } from 'zod';
import type { adminOverview, EdgeState, Output } from '@turnpike/contracts';
import type { InternalHttp } from '@turnpike/ledger-client';
import { ADVICE, OF_CHECK } from './advice.ts';

type Overview = Output<typeof adminOverview>;
type Service = Overview['services'][number];
type Finding = Overview['findings'][number];

/** Knowledge of revocations that is older tells of an edge that hears of none, in seconds. */
const REVOCATIONS_AGE_SECONDS_MAX = 5;

const readiness = z.object({
  status: z.enum(['ready', 'degraded', 'not_ready']),
  version: z.string(),
  checks: z.record(z.string(), z.enum(['up', 'degraded', 'down'])),
});

/** Services as this edge reaches them, and what is to be done of it and of what the edges report. */
export async function overviewOf(
  services: Readonly<Record<string, InternalHttp>>,
  edges: readonly EdgeState[],
): Promise<Overview> {
  const asked = await Promise.all(Object.entries(services).map(([name, http]) => ask(name, http)));
  return {
    services: asked,
    edges: edges.length,
    findings: [...asked.flatMap(findingsOfService), ...findingsOfEdges(edges)],
  };
}

async function ask(name: string, http: InternalHttp): Promise<Service> {
  const unreachable: Service = { name, status: 'unreachable', version: null, checks: {} };
  try {
    const { body } = await http.call('/health/ready', undefined, { requestId: 'overview', traceparent: undefined });
    const said = readiness.safeParse(body);
    return said.success ? { name, ...said.data } : unreachable;
  } catch {
    return unreachable;
  }
}

function findingsOfService({ name, status, checks }: Service): Finding[] {
  if (status === 'unreachable')
    return [{ severity: 'red', what: `${name} does not answer`, advice: ADVICE.unreachable }];
  const severity = status === 'not_ready' ? 'red' : 'yellow';
  return Object.entries(checks)
    .filter(([, state]) => state !== 'up')
    .map(([check, state]) => ({
      severity,
      what: `${name}: ${check} is ${state}`,
      advice: OF_CHECK[check] ?? ADVICE.check,
    }));
}

function findingsOfEdges(edges: readonly EdgeState[]): Finding[] {
  const findings: Finding[] = [];
  if (new Set(edges.map(({ routes }) => routes.digest)).size > 1)
    findings.push({
      severity: 'red',
      what: 'The edges have not loaded the same routes file',
      advice: ADVICE.routesDiffer,
    });
  for (const edge of edges) {
    const name = `Edge ${edge.host}/${edge.pid}`;
    const yellow = (what: string, advice: string): number =>
      findings.push({ severity: 'yellow', what: `${name} ${what}`, advice });
    const red = (what: string, advice: string): number =>
      findings.push({ severity: 'red', what: `${name} ${what}`, advice });
    if (edge.routes.refused !== null)
      red(`refused its routes file: ${edge.routes.refused.faults[0] ?? ''}`, ADVICE.routesRefused);
    if (edge.revocations_age_seconds > REVOCATIONS_AGE_SECONDS_MAX) red('hears of no revocations', ADVICE.revocations);
    if (edge.limiter_degraded) yellow('decides rate limits alone', ADVICE.limiter);
    if (edge.kept_settlements > 0) yellow(`keeps ${edge.kept_settlements} settlements`, ADVICE.settlements);
    for (const { name: upstream, targets } of edge.upstreams)
      for (const { address, breaker, healthy } of targets) {
        if (breaker === 'open') red(`has opened the breaker of ${upstream} at ${address}`, ADVICE.breaker);
        else if (!healthy) yellow(`finds ${upstream} at ${address} unhealthy`, ADVICE.unhealthy);
      }
  }
  return findings;
}
