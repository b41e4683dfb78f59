/** What to do about each finding, in a sentence or two for whoever is on call. */
export const ADVICE = {
  unreachable:
    'See whether its processes run and what they logged last; start them again. Callers get 503 for what needs it, and nothing is charged.',
  check: 'See the log of the service for the reason.',
  routesDiffer:
    'Send SIGHUP to the edges that still have the old file, or roll them again; until then the same request may go to different places.',
  routesRefused:
    'Mend the line that is named, check the file with `turnpike routes check FILE`, and send SIGHUP again. The routes before stay in force.',
  revocations:
    'See whether Redis and auth answer from this edge: until then ended sessions and keys may still be served here.',
  limiter: 'See whether Redis answers and takes writes. Until then each edge applies its own share of the limits.',
  settlements:
    'See whether credits answers. They are told again until they are recorded; do not remove the edge’s Redis data meanwhile.',
  breaker:
    'The backend failed several times in a row. See its own health; requests are tried again by themselves every few seconds.',
  unhealthy: 'Its health check fails, so it is used only while no other address works. See its own log.',
} as const;

/** What to do where a dependency of a service is not up, by the name of its check. */
export const OF_CHECK: Readonly<Record<string, string>> = {
  postgres: 'See whether PostgreSQL runs, takes connections and has room on its disk.',
  database: 'See whether PostgreSQL runs, takes connections and has room on its disk.',
  redis: 'See whether Redis runs, is no replica, has memory left and can save to disk: the check writes.',
  clock: 'The clock of this machine and of the database differ: see time synchronisation (NTP) on both.',
  auth: 'See auth’s own line here.',
  users: 'See users’ own line here.',
  credits: 'See credits’ own line here.',
  revocations: 'Neither the stream in Redis nor auth tells of revocations: see both.',
};
