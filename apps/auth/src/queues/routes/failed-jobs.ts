import type { Job } from 'bullmq';
import { z } from 'zod';
import { adminDiscardJob, adminListFailedJobs, adminRetryJob, type OperatedQueue } from '@turnpike/contracts';
import { AppError, operatorAct, route, type Route } from '@turnpike/service-kit';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { actingOperator, operatorEventOf } from '../../operators/acting.ts';
import { redacted } from '../redacted.ts';

const payload = z.record(z.string(), z.unknown()).catch({});
/** A mail that has lost what it said. */
const emptied = z.object({ recipient: z.string() });
/** Longest reason that is shown, in characters. */
const REASON_CHARS_MAX = 300;

export const failedJobRoutes = (context: Context): Route[] => {
  const { database, queues } = context;
  async function jobOf(queue: OperatedQueue, id: string): Promise<Job> {
    const job = await queues.find(queue, id);
    if (job === undefined) throw new AppError('resource.not_found', { detail: 'There is no such failed job.' });
    return job;
  }
  return [
    route(adminListFailedJobs, async ({ params, query: { limit, offset } }) => {
      const { jobs, total } = await queues.failed(params.queue, { limit, offset });
      return { status: 200, body: { items: jobs.map((job) => failedView(params.queue, job)), total, limit, offset } };
    }),
    route(adminRetryJob, async (call) => {
      const { queue, job_id: id } = call.params;
      const act = operatorAct(call.identity, call.body.reason);
      const operator = await actingOperator(database, call.identity, adminRetryJob);
      const job = await jobOf(queue, id);
      if (queue === 'mail' && emptied.safeParse(job.data).success)
        throw new AppError('resource.conflict', {
          detail: 'What this mail said is gone: whoever wants it asks for another.',
        });
      await job.retry('failed');
      await recordAuditEvent(
        database,
        operatorEventOf(call, operator, 'job.retry', act.detail['reason'], { queue, job: id }),
      );
      return { status: 200, body: { id, state: 'waiting' } };
    }),
    route(adminDiscardJob, async (call) => {
      const { queue, job_id: id } = call.params;
      const act = operatorAct(call.identity, call.body.reason);
      const operator = await actingOperator(database, call.identity, adminDiscardJob);
      await (await jobOf(queue, id)).remove();
      await recordAuditEvent(
        database,
        operatorEventOf(call, operator, 'job.discard', act.detail['reason'], { queue, job: id }),
      );
      return { status: 200, body: { id, state: 'discarded' } };
    }),
  ];
};

/** Of a mail what it was and to whom in part; of others their payload without what may be somebody's. */
function failedView(queue: OperatedQueue, job: Job) {
  const shown = queue === 'mail' ? mailPayload(job.data) : payload.parse(redacted(job.data));
  return {
    id: job.id ?? '',
    name: job.name,
    reason: (job.failedReason ?? '').split('\n', 1)[0]?.slice(0, REASON_CHARS_MAX) ?? '',
    attempts: job.attemptsMade,
    queued_at: new Date(job.timestamp).toISOString(),
    failed_at: new Date(job.finishedOn ?? job.timestamp).toISOString(),
    payload: shown,
  };
}

function mailPayload(data: unknown): Record<string, unknown> {
  const left = emptied.safeParse(data);
  return left.success ? left.data : {};
}
