import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { operatorRefusals } from './operators.ts';
import { platformPage, platformPageOf } from './tenants.ts';

const common = { owner: 'auth', family: 'platform', access: 'platform_admin' } as const;
const errors = ['request.invalid', ...operatorRefusals, 'service.unavailable'] as const;

/** Every BullMQ queue there is, and who works on it. */
export const OPERATED_QUEUES = {
  mail: 'auth',
  alerts: 'auth',
  'events-auth': 'auth',
  'events-users': 'users',
  'events-credits': 'credits',
  'credits-jobs': 'credits',
  'edge-settlements': 'edge-proxy',
  'llm-settlements': 'llm',
  'llm-inspection': 'llm',
} as const;
const queueName = z.enum(Object.keys(OPERATED_QUEUES) as [keyof typeof OPERATED_QUEUES]);
export type OperatedQueue = z.output<typeof queueName>;

const count = z.number().int().nonnegative();

export const adminListQueues = defineEndpoint({
  ...common,
  id: 'platform.adminListQueues',
  method: 'GET',
  path: '/platform/api/admin/queues',
  summary: 'Depth and age of every queue',
  responses: {
    200: z.object({
      items: z.array(
        z
          .object({
            name: queueName,
            service: z.string().describe('Who works on it.'),
            waiting: count,
            active: count,
            delayed: count.describe('Waiting for their next attempt, or for their time.'),
            failed: count,
            oldest_waiting_at: field.timestamp
              .nullable()
              .describe('When the oldest job was added that waits, or is to be tried again.'),
          })
          .meta({ id: 'Queue' }),
      ),
    }),
  },
  errors,
});

const failedJob = z
  .object({
    id: z.string(),
    name: z.string().describe('Template of a mail, type of an event, or name of a job.'),
    reason: z.string(),
    attempts: count,
    queued_at: field.timestamp,
    failed_at: field.timestamp,
    payload: z
      .record(z.string(), z.unknown())
      .describe('Ids, numbers and words of fixed lists; any other text is shown as `…`.'),
  })
  .meta({ id: 'FailedJob' });

const params = z.object({ queue: queueName });

export const adminListFailedJobs = defineEndpoint({
  ...common,
  id: 'platform.adminListFailedJobs',
  method: 'GET',
  path: '/platform/api/admin/queues/:queue/failed',
  summary: 'Jobs that failed to the end, newest first',
  params,
  query: z.object(platformPage),
  responses: { 200: platformPageOf(failedJob) },
  errors,
});

const jobParams = params.extend({ job_id: z.string().min(1).max(200) });
const act = {
  ...common,
  operatorRole: 'support',
  params: jobParams,
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
} as const;
const actErrors = [...errors, 'auth.reauthentication_required', 'resource.not_found'] as const;

export const adminRetryJob = defineEndpoint({
  ...act,
  id: 'platform.adminRetryJob',
  method: 'POST',
  path: '/platform/api/admin/queues/:queue/failed/:job_id/retry',
  summary: 'Try a failed job again',
  description:
    'A mail that failed for good has lost its text and address, and cannot be sent again (409): whoever wants it asks for another.',
  responses: { 200: z.object({ id: z.string(), state: z.literal('waiting') }) },
  errors: [...actErrors, 'resource.conflict'],
});

export const adminDiscardJob = defineEndpoint({
  ...act,
  id: 'platform.adminDiscardJob',
  method: 'DELETE',
  path: '/platform/api/admin/queues/:queue/failed/:job_id',
  summary: 'Discard a failed job',
  responses: { 200: z.object({ id: z.string(), state: z.literal('discarded') }) },
  errors: actErrors,
});
