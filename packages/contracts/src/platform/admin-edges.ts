import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorRefusals } from './operators.ts';
import { platformPage, platformPageOf } from './tenants.ts';

const common = { owner: 'edge', family: 'platform', access: 'platform_admin', method: 'GET' } as const;
const errors = ['request.invalid', ...operatorRefusals, 'service.unavailable'] as const;

const count = z.number().int().nonnegative();

/** What one edge process says of itself every few seconds. */
export const edgeState = z
  .object({
    id: field.id,
    host: z.string(),
    pid: z.number().int(),
    version: z.string(),
    started_at: field.timestamp,
    reported_at: field.timestamp,
    draining: z.boolean().describe('It was told to stop.'),
    live: count.describe('Requests, streams and sockets under way.'),
    limiter_degraded: z.boolean().describe('It decides rate limits alone.'),
    revocations_age_seconds: z.number().nonnegative().describe('How long ago it last knew of every revocation.'),
    kept_settlements: count.describe('Charges and returns that the ledger has not taken yet.'),
    signing_keys: z
      .array(z.string())
      .optional()
      .describe(
        'Ids of the keys by which it knows access tokens; none while auth has told none, and with HS256. An edge of an earlier release does not say.',
      ),
    routes: z.object({
      digest: z.string().describe('Of the routes file in force; edges with the same one route alike.'),
      count,
      loaded_at: field.timestamp,
      refused: z
        .object({ at: field.timestamp, faults: z.array(z.string()) })
        .nullable()
        .describe('The last reload, where its file was refused: the routes before stay in force.'),
    }),
    upstreams: z.array(
      z.object({
        name: z.string(),
        first_party: z.boolean().describe('A service of Turnpike’s own.'),
        waiting: count.describe('Requests that wait for a connection.'),
        targets: z.array(
          z.object({
            address: z.string(),
            breaker: z.enum(['closed', 'open', 'half-open']),
            failures: count.describe('In a row.'),
            healthy: z.boolean().describe('What its health check last said; true without one.'),
            in_flight: count,
            answers: z
              .object({
                p50_ms: z.number().nonnegative().describe('Half of them began within this many milliseconds.'),
                p95_ms: z.number().nonnegative().describe('And 95 % of them within this many.'),
                count,
              })
              .nullable()
              .optional()
              .describe(
                'How long it took to begin its last answers: at most 128, of the last five minutes; null where there was none. An edge of an earlier release does not say.',
              ),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'EdgeState' });
export type EdgeState = z.output<typeof edgeState>;

export const adminListEdges = defineEndpoint({
  ...common,
  id: 'platform.adminListEdges',
  path: '/platform/api/admin/edges',
  summary: 'Every edge process: routes, upstreams with their breakers, and what it waits for',
  description: 'As each last said, at most ten seconds ago; one that says nothing for longer is left out.',
  responses: {
    200: z.object({
      items: z.array(edgeState),
      routes_agree: z.boolean().describe('All have loaded the same routes file.'),
    }),
  },
  errors,
});

const shownRoute = z
  .object({
    id: z.string(),
    source: z.enum(['turnpike', 'file']),
    methods: z.array(z.string()).nullable().describe('Null for every method.'),
    path: z.string(),
    access: z.string().describe('Who may call.'),
    api_keys: z.boolean(),
    scope: z.string().nullable(),
    upstream: z.string(),
    operation: z.string().nullable().describe('What is charged for; null where it costs nothing.'),
    limit: z.string().nullable().describe('The route’s own, beside the caller’s.'),
  })
  .meta({ id: 'EdgeRoute' });

export const adminListRoutes = defineEndpoint({
  ...common,
  id: 'platform.adminListRoutes',
  path: '/platform/api/admin/routes',
  summary: 'The routes in force at the edge that answers',
  description: 'Those of the routes file first, each by its rank: the first that fits a request takes it.',
  query: z.object({ ...platformPage, source: z.enum(['turnpike', 'file']).optional() }),
  responses: { 200: platformPageOf(shownRoute).extend({ digest: z.string() }) },
  errors,
});

export const adminMatchRoute = defineEndpoint({
  ...common,
  id: 'platform.adminMatchRoute',
  path: '/platform/api/admin/routes/match',
  summary: 'Which route takes a request',
  description: 'Decided as the edge decides for requests; nothing is sent anywhere.',
  query: z.object({
    method: z.string().regex(/^[A-Z]{3,10}$/),
    path: z.string().min(1).max(2_000).describe('With or without a query.'),
  }),
  responses: {
    200: z.object({
      outcome: z
        .enum(['found', 'wrong-method', 'unknown', 'refused'])
        .describe('`refused`: no request with this path gets to a route.'),
      route: shownRoute.nullable().describe('The nearest one, where only the method is wrong.'),
      allow: z.string().nullable(),
      fault: z.string().nullable(),
    }),
  },
  errors,
});

export const adminOverview = defineEndpoint({
  ...common,
  id: 'platform.adminOverview',
  path: '/platform/api/admin/overview',
  summary: 'What runs and what does not, and what to do about it',
  description: 'The services as the edge that answers reaches them, and what the edges report.',
  responses: {
    200: z.object({
      services: z.array(
        z.object({
          name: z.string(),
          status: z.enum(['ready', 'degraded', 'not_ready', 'unreachable']),
          version: z.string().nullable(),
          checks: z.record(z.string(), z.enum(['up', 'degraded', 'down'])),
        }),
      ),
      edges: count,
      findings: z
        .array(
          z.object({
            severity: z.enum(['red', 'yellow']),
            what: z.string(),
            advice: z.string(),
          }),
        )
        .describe('Nothing here means nothing to do.'),
    }),
  },
  errors,
});
