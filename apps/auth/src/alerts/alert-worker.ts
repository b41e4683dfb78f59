import { Counter } from '@prometheus-io/client';
import { Worker, type Job } from 'bullmq';
import { Agent, request } from 'undici';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { AddressRefused, createQueueConnection, publicConnector, type ServiceTools } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ALERT_QUEUE, type Alert } from './alert-queue.ts';
import { signAlert } from './alert-signature.ts';

/** Alerts that one process posts at once. */
const CONCURRENCY = 5;
const CONNECT_TIMEOUT_MS = 3_000;
/** How much of an answer is read before its connection is closed, in bytes. */
const ANSWER_BYTES_MAX = 65_536;
/** How long a receiver may take to answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** An alert was not taken. Its message is a code: BullMQ keeps it for operators to read. */
class AlertNotTaken extends Error {
  override readonly name = 'AlertNotTaken';
}

/**
 * Posts alerts to the webhooks that organisations name, at public addresses only, which are judged when a connection is made; redirects are not
 * followed. What is answered counts by its status alone.
 */
export function startAlertWorker(
  { config, organisationConfig }: Pick<Context, 'config' | 'organisationConfig'>,
  { logger, metrics }: ServiceTools,
): { close(): Promise<void> } {
  const connection = createQueueConnection(config.REDIS_URL, logger);
  const connect = config.ALERTS_ANYWHERE ? { timeout: CONNECT_TIMEOUT_MS } : publicConnector(CONNECT_TIMEOUT_MS);
  const agent = new Agent({ connections: CONCURRENCY, connect });
  const posted = new Counter({
    name: 'turnpike_alerts_total',
    help: 'Alerts to webhooks of organisations, by type and outcome: sent, retried, failed.',
    labelNames: ['type', 'outcome'],
    registers: [metrics.registry],
  });

  async function post({ id = '', data: alert }: Job<Alert>): Promise<boolean> {
    const { organisationId, type, timestamp, data } = alert;
    const values = await organisationConfig.of(organisationId);
    const url = values['alerts.webhook_url'];
    if (url === null) return false;
    const secret = values['alerts.webhook_secret'];
    const body = JSON.stringify({ type, timestamp, data: { organisation_id: organisationId, ...data } });
    const seconds = Math.floor(Date.now() / 1_000);
    const { statusCode, body: answer } = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        ...(secret === null ? {} : { 'webhook-signature': signAlert(secret, id, seconds, body) }),
      },
      body,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await answer.dump({ limit: ANSWER_BYTES_MAX });
    if (statusCode < 200 || statusCode > 299) throw new AlertNotTaken(`status_${statusCode}`);
    return true;
  }

  async function deliver(job: Job<Alert>): Promise<void> {
    const { type } = job.data;
    try {
      if (await post(job)) posted.inc({ type, outcome: 'sent' });
    } catch (error) {
      const failure = new AlertNotTaken(reasonOf(error));
      const final = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      posted.inc({ type, outcome: final ? 'failed' : 'retried' });
      logger.warn(
        { alertId: job.id, type, reason: failure.message, attempt: job.attemptsMade + 1, final },
        'an alert was not taken',
      );
      throw failure;
    }
  }

  const worker = new Worker<Alert>(ALERT_QUEUE, deliver, {
    connection,
    prefix: QUEUE_PREFIX,
    concurrency: CONCURRENCY,
  });
  worker.on('error', () => {});
  return {
    async close() {
      await worker.close(connection.status !== 'ready');
      await agent.destroy();
      connection.disconnect();
    },
  };
}

/** Why an alert was not taken, in a word: what a receiver says is nobody's to read here. */
function reasonOf(error: unknown): string {
  if (error instanceof AlertNotTaken) return error.message;
  if (error instanceof AddressRefused) return 'refused_address';
  if (!(error instanceof Error)) return 'other';
  if (error.name === 'TimeoutError') return 'timeout';
  return 'code' in error && typeof error.code === 'string' ? error.code : 'other';
}
