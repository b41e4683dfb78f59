import type { z } from 'zod';
import { ERROR_GUIDE, TRAFFIC_GROUPS_MAX, type adminTraffic } from '@turnpike/contracts';
import { quantilesOf } from '../../stats/domain/stats-view.ts';

type TrafficView = z.output<(typeof adminTraffic)['responses'][200]>;
type SumsView = TrafficView['totals'];

/** Sums of requests that are alike in what the kind of the group says; the rest of their key is null. Empty texts stand for none. */
export interface TrafficGroup {
  readonly kind: 'minute' | 'error' | 'route' | 'upstream';
  readonly at: Date | null;
  /** The last minute with such a request. */
  readonly last: Date;
  readonly route: string | null;
  readonly upstream: string | null;
  readonly status: number | null;
  readonly code: string | null;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly latency: readonly number[];
}

/** The traffic of a time, summed in each way that it is shown in. */
export interface Traffic {
  readonly minutes: readonly TrafficGroup[];
  readonly errors: readonly TrafficGroup[];
  readonly routes: readonly TrafficGroup[];
  readonly upstreams: readonly TrafficGroup[];
}

/** Traffic as operators read it. */
export function trafficViewOf({ minutes, errors, routes, upstreams }: Traffic, from: Date, to: Date): TrafficView {
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    totals: sumsViewOf(allOf(minutes)),
    errors: mostFrequent(errors).map(({ status, code, route, upstream, requests, last }) => ({
      status: status ?? 0,
      code: orNull(code),
      meaning: meaningOf(code),
      route: orNull(route),
      upstream: orNull(upstream),
      requests,
      last_minute: last.toISOString(),
    })),
    routes: mostFrequent(routes).map((group) => ({
      route: orNull(group.route),
      upstream: orNull(group.upstream),
      ...sumsViewOf(group),
    })),
    upstreams: mostFrequent(upstreams).map((group) => ({ upstream: orNull(group.upstream), ...sumsViewOf(group) })),
    series: minutes
      .toSorted((a, b) => a.last.getTime() - b.last.getTime())
      .map((group) => ({ minute: group.last.toISOString(), ...sumsViewOf(group) })),
  };
}

type Sums = Pick<TrafficGroup, 'requests' | 'refused' | 'failed' | 'latency'>;

function allOf(groups: readonly Sums[]): Sums {
  const sum = (of: (group: Sums) => number): number => groups.reduce((all, group) => all + of(group), 0);
  return {
    requests: sum(({ requests }) => requests),
    refused: sum(({ refused }) => refused),
    failed: sum(({ failed }) => failed),
    latency: (groups[0]?.latency ?? []).map((_count, bucket) => sum(({ latency }) => latency[bucket] ?? 0)),
  };
}

function sumsViewOf({ requests, refused, failed, latency }: Sums): SumsView {
  return { requests, refused, failed, latency_ms: quantilesOf(latency) };
}

function mostFrequent(groups: readonly TrafficGroup[]): TrafficGroup[] {
  return groups
    .toSorted((a, b) => b.requests - a.requests || nameOf(a).localeCompare(nameOf(b)))
    .slice(0, TRAFFIC_GROUPS_MAX);
}

function nameOf({ status, code, route, upstream }: TrafficGroup): string {
  return `${status} ${code} ${route} ${upstream}`;
}

/** What a code means; null for one that this release does not know. */
function meaningOf(code: string | null): string | null {
  return Object.entries(ERROR_GUIDE).find(([known]) => known === code)?.[1].meaning ?? null;
}

const orNull = (text: string | null): string | null => (text === '' ? null : text);
