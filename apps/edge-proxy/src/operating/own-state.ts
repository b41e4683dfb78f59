import { hostname } from 'node:os';
import type { EdgeState } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import type { RecentAnswers } from '../domain/answer-times.ts';
import type { Routing } from '../routing/routing.ts';
import type { Upstream } from '../upstream/upstream.ts';

type Target = EdgeState['upstreams'][number]['targets'][number];

/** What an edge tells of itself is read from. */
export interface StateParts {
  readonly version: string;
  readonly routing: () => Routing;
  readonly draining: () => boolean;
  readonly live: () => number;
  readonly limiterDegraded: () => boolean;
  readonly revocationsAgeSeconds: () => number;
  readonly keptSettlements: () => number;
  readonly signingKeys: () => readonly string[];
  readonly monotonicMs: () => number;
}

/** Makes the function that tells how this process is. */
export function ownState(parts: StateParts): () => EdgeState {
  const fixed = {
    id: uuidv7(),
    host: hostname(),
    pid: process.pid,
    version: parts.version,
    started_at: new Date().toISOString(),
  };
  return () => {
    const { current, refused } = parts.routing();
    const nowMs = parts.monotonicMs();
    return {
      ...fixed,
      reported_at: new Date().toISOString(),
      draining: parts.draining(),
      live: parts.live(),
      limiter_degraded: parts.limiterDegraded(),
      // Nothing was heard yet: as old as the process is.
      revocations_age_seconds: Math.min(parts.revocationsAgeSeconds(), process.uptime()),
      kept_settlements: parts.keptSettlements(),
      signing_keys: [...parts.signingKeys()],
      routes: {
        digest: current.digest,
        count: current.table.routes.length,
        loaded_at: current.loadedAt.toISOString(),
        refused: refused === undefined ? null : { at: refused.at.toISOString(), faults: [...refused.faults] },
      },
      upstreams: [...current.upstreams.values()].map((upstream) => upstreamState(upstream, nowMs)),
    };
  };
}

function upstreamState(upstream: Upstream, nowMs: number): EdgeState['upstreams'][number] {
  return {
    name: upstream.definition.name,
    first_party: upstream.definition.firstParty,
    waiting: upstream.waiting,
    targets: upstream.targets.map(({ origin, breaker, answerTimes, healthy, inFlight }) => ({
      address: origin,
      breaker: breaker.state(nowMs),
      failures: breaker.failures,
      healthy,
      in_flight: inFlight,
      answers: answersState(answerTimes.recent(nowMs)),
    })),
  };
}

function answersState(recent: RecentAnswers | undefined): Target['answers'] {
  if (recent === undefined) return null;
  return { p50_ms: rounded(recent.p50Ms), p95_ms: rounded(recent.p95Ms), count: recent.count };
}

/** To a tenth of a millisecond, which is more than the clock of a busy process is worth. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
