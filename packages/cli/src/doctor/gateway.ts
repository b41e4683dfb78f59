import { Turnpike, type Operations } from '@turnpike/client';
import { firstOf } from '../config.ts';
import { problem, reasonOf, TIMEOUT_MS, warning, type Check, type Environment, type Finding } from './finding.ts';

/** A verification that is older than this is overdue, in seconds. */
const VERIFIED_SECONDS_MAX = 25 * 3_600;

export const edgeCheck: Check = {
  name: 'edge',
  run: async ({ TURNPIKE_URL: url }) => {
    if (!url) return [problem('TURNPIKE_URL is not set.', "Name the edge's address in it.")];
    const findings: Finding[] = [];
    try {
      const health = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!health.ok) findings.push(problem(`The edge answers ${health.status} on /health.`, 'Look at its log.'));
      await health.body?.cancel();
      const metrics = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (metrics.ok)
        findings.push(
          problem(
            '/metrics is open to everybody.',
            'Route it nowhere; the edge shows its metrics on METRICS_PORT, for the inside only.',
          ),
        );
      await metrics.body?.cancel();
    } catch (error) {
      findings.push(problem(`The edge does not answer: ${reasonOf(error)}.`, 'Start it, or mend TURNPIKE_URL.'));
    }
    return findings;
  },
};

/** What the gateway itself finds: services, upstreams, routes of all edges, queues. */
export const overviewCheck: Check = {
  name: 'services',
  run: async (environment) => {
    const client = clientOf(environment);
    if (client === undefined) return [];
    try {
      const { findings } = await client.call('platform.adminOverview');
      return findings.map(({ severity, what, advice }) =>
        severity === 'red' ? problem(what, advice) : warning(what, advice),
      );
    } catch (error) {
      return [problem(`The overview cannot be read: ${reasonOf(error)}.`, 'Check ADMIN_API_KEY, and that auth runs.')];
    }
  },
};

export const routesCheck: Check = {
  name: 'routes',
  run: async (environment) => {
    const client = clientOf(environment);
    if (client === undefined) return [];
    try {
      const { items, routes_agree: agree } = await client.call('platform.adminListEdges');
      const findings: Finding[] = [];
      if (!agree)
        findings.push(
          problem('Edges have loaded different routes files.', 'Give all the same file, and send each a SIGHUP.'),
        );
      for (const { host, pid, routes } of items)
        if (routes.refused !== null)
          findings.push(
            problem(
              `${host} (${pid}) refused its routes file: ${routes.refused.faults.join('; ')}.`,
              'Mend the file: routes check tells the lines.',
            ),
          );
      return findings;
    } catch (error) {
      return [
        problem(`The edges cannot be read: ${reasonOf(error)}.`, 'Check that Redis runs and ADMIN_API_KEY is right.'),
      ];
    }
  },
};

export const ledgerCheck: Check = {
  name: 'ledger',
  run: async (environment) => {
    const client = clientOf(environment);
    if (client === undefined) return [];
    try {
      const { verification } = await client.call('credits.adminGetLedger');
      const { checked_at: checkedAt, invariants } = verification;
      const verify = 'Run npx -y pnpm@12 turnpike ledger verify --reason "…".';
      const findings = invariants
        .filter(({ violations }) => violations > 0)
        .map(({ rule, violations }) =>
          problem(
            `The books do not add up: ${rule} (${violations} violations).`,
            'See LedgerViolated in docs/incidents.md.',
          ),
        );
      if (checkedAt === null) findings.push(warning('The ledger was never verified.', verify));
      else if (Date.now() - Date.parse(checkedAt) > VERIFIED_SECONDS_MAX * 1_000)
        findings.push(warning(`The ledger was last verified at ${checkedAt}.`, verify));
      return findings;
    } catch (error) {
      return [problem(`The ledger cannot be read: ${reasonOf(error)}.`, 'Check that credits and its database run.')];
    }
  },
};

/** Every edge as it last reported; none where address or key is not known. Rejects where the gateway does not tell. */
export async function edgesOf(
  environment: Environment,
): Promise<Operations['platform.adminListEdges']['answers']['items']> {
  return (await clientOf(environment)?.call('platform.adminListEdges'))?.items ?? [];
}

/** A client with the operators' key; none where address or key is not known, which other checks tell. */
function clientOf({ TURNPIKE_URL: url, ADMIN_API_KEY: keys }: Environment): Turnpike | undefined {
  const adminKey = firstOf(keys);
  if (!url || adminKey === undefined) return undefined;
  return new Turnpike({ baseUrl: url, credentials: { adminKey }, timeoutMs: TIMEOUT_MS, retriesMax: 0 });
}
