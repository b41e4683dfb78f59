/** Keys of Redis of one kind. */
export interface RedisKeys {
  /** As the keys are, with `*` for what differs. */
  readonly pattern: string;
  /** What they hold, and whose. */
  readonly holds: string;
  readonly life: string;
  /** What ends them. */
  readonly endedBy: string;
  /** What shows how many there are, or that one is behind, beside the memory of Redis (`turnpike_redis_used_bytes`). */
  readonly metric?: string;
}

const EXPIRY = 'expiry in Redis';
const LENGTH = 'its length, at each addition';

/** Before organisation and policy: that its owners were told lately of what the policy found. */
export const POLICY_ALERTS_PREFIX = '{turnpike}:policy-alerts:';

/** Every key that a process of ours writes. A test fails on one that is not named, in the sources and in a Redis after use. */
export const REDIS_KEYS: readonly RedisKeys[] = [
  {
    pattern: '{limit:*}*',
    holds: 'rate-limit windows of callers and addresses (edge), tokens of an API key in a minute (llm)',
    life: 'until the window ends, a day at most',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:answers:*',
    holds: 'answers under an Idempotency-Key (edge)',
    life: '25 hours',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:kept:*',
    holds: 'when a caller had answers kept, and how large they were (edge)',
    life: '25 hours after the last',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:edges',
    holds: 'which edges are alive',
    life: 'seconds after an edge was last heard of',
    endedBy: 'the other edges, at each report',
  },
  {
    pattern: '{turnpike}:edge-states*',
    holds: 'what each edge tells operators of itself',
    life: 'seconds after an edge was last heard of',
    endedBy: `${EXPIRY}; the index by the other edges`,
  },
  {
    pattern: '{turnpike}:password-tries:*',
    holds: 'counts of passwords that were tried, by keyed hashes (auth)',
    life: 'an hour at most',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:console:*',
    holds: 'sealed sessions and attempts to sign in (console)',
    life: '`CONSOLE_SESSION_SECONDS` at most',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:revocations',
    holds: 'revocations, for the edges (auth)',
    life: 'the newest 100,000 or so',
    endedBy: LENGTH,
    metric: 'turnpike_edge_revocation_stream_age_seconds',
  },
  {
    pattern: '{turnpike}:config-changes',
    holds: 'which organisation’s configuration changed (users)',
    life: 'the newest 1,000 or so',
    endedBy: LENGTH,
  },
  {
    pattern: '{turnpike}:policy-alerts:*',
    holds: 'that owners were told of what a policy found (llm)',
    life: 'an hour',
    endedBy: EXPIRY,
  },
  {
    pattern: '{turnpike}:requests',
    holds: 'batches of request records on their way to usage (edge, llm)',
    life: '`USAGE_STREAM_BYTES_MAX`',
    endedBy: LENGTH,
    metric: 'turnpike_usage_stream_entries',
  },
  {
    pattern: '{turnpike}:outbox:*',
    holds: 'how far a service’s events have been delivered, one key for each database',
    life: 'stays; its loss is how a lost Redis is noticed',
    endedBy: 'nothing: there is one for each service',
  },
  {
    pattern: '{turnpike}:ready:*',
    holds: 'the mark of a readiness check, one key for each service',
    life: 'a minute',
    endedBy: EXPIRY,
  },
  ...(
    [
      ['mail', 'mails (auth)', 'until sent; failed ones without text and address until an operator discards them'],
      [
        'alerts',
        'alerts to webhooks of organisations (auth)',
        'until taken; failed ones until an operator retries or discards them',
      ],
      [
        'events-*',
        'events of other services',
        'an hour after they were handled; failed ones until an operator retries or discards them',
      ],
      [
        'credits-jobs',
        'schedules of maintenance, and its last failed runs (credits)',
        'stays; 100 failed runs at most',
      ],
      [
        'edge-settlements',
        'settlements that credits has not taken yet (edge)',
        'until credits has taken them, about a month at most',
      ],
      [
        'llm-settlements',
        'settlements that credits has not taken yet (llm)',
        'until credits has taken them, about a month at most',
      ],
      ['llm-inspection', 'sealed texts of calls that detectors are asked about (llm)', '15 minutes at most'],
    ] as const
  ).map(([queue, holds, life]) => ({
    pattern: `{turnpike}:${queue}:*`,
    holds: `queue: ${holds}`,
    life,
    endedBy: 'its worker',
    metric: `turnpike_queue_jobs{queue="${queue}"}`,
  })),
];

/** Whether a key is of a declared kind. */
export function isDeclaredRedisKey(key: string): boolean {
  return PATTERNS.some((pattern) => pattern.test(key));
}

const PATTERNS = REDIS_KEYS.map(
  ({ pattern }) => new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`),
);
