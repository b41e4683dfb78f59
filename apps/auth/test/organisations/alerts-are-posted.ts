import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Queue, type Job } from 'bullmq';
import { QUEUE_PREFIX } from '@turnpike/contracts';
import { closeServer, createLogger, createMetrics, listen } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import { ALERT_QUEUE } from '../../src/alerts/alert-queue.ts';
import { startAlertWorker } from '../../src/alerts/alert-worker.ts';
import { tellOfFailedPayment } from '../../src/organisations/tell-of-failed-payment.ts';
import { tellOwners } from '../../src/organisations/tell-owners.ts';
import type { AuthInstance } from '../harness.ts';
import { openOrganisation, type Member } from './organisation.ts';

interface Shared {
  readonly auth: AuthInstance;
  readonly set: (owner: Member, key: string, value: unknown) => Promise<void>;
}
interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Alerts reach the webhook that an organisation names, signed, and no private address unless operators allow it. */
export function alertsArePosted(shared: () => Shared): void {
  const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
  const received: Received[] = [];
  let answers: { status: number; headers?: Record<string, string> }[] = [];
  let receiver: Server;
  let url: string;
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
        const { status, headers } = answers.shift() ?? { status: 204 };
        response.writeHead(status, headers).end();
      });
    });
    url = await listen(receiver, 0, '127.0.0.1');
  });
  afterAll(() => closeServer(receiver, 0));
  beforeEach(() => {
    received.length = 0;
    answers = [];
  });

  async function working<T>(anywhere: boolean, use: () => Promise<T>): Promise<T> {
    const { context } = shared().auth;
    const metrics = createMetrics('auth');
    const tools = { logger: createLogger('auth', 'silent'), metrics };
    const worker = startAlertWorker({ ...context, config: { ...context.config, ALERTS_ANYWHERE: anywhere } }, tools);
    try {
      return await use();
    } finally {
      await worker.close();
    }
  }
  async function queued(id: string): Promise<Job | undefined> {
    const queue = new Queue(ALERT_QUEUE, { connection: shared().auth.context.redis, prefix: QUEUE_PREFIX });
    const job = (await queue.getJob(id)) as Job | undefined;
    await queue.close();
    return job;
  }
  const failing = (organisationId: string, key: string) =>
    tellOwners(shared().auth.context, {
      organisation_id: organisationId,
      key,
      notice: { kind: 'storage_failing', since: '2026-11-27T13:00:00.000Z', reason: 'denied' },
    });

  test('an alert is signed as Standard Webhooks says, tried again under its id, and led nowhere else', async () => {
    const { auth, set } = shared();
    const owner = await openOrganisation(auth);
    const { organisationId } = owner;
    await set(owner, 'alerts.webhook_url', `${url}/hook`);
    await set(owner, 'alerts.webhook_secret', SECRET);
    answers = [{ status: 307, headers: { location: `${url}/elsewhere` } }];
    const key = randomUUID();
    await working(true, async () => {
      await failing(organisationId, key);
      await waitFor(() => Promise.resolve(received.length === 2));
    });
    expect(received.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    for (const { headers, body } of received) {
      expect(headers['webhook-id']).toBe(`notice-${key}`);
      const signed = `notice-${key}.${String(headers['webhook-timestamp'])}.${body}`;
      const secret = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
      expect(JSON.parse(body)).toEqual({
        type: 'storage.failing',
        timestamp: expect.stringMatching(/Z$/),
        data: { organisation_id: organisationId, since: '2026-11-27T13:00:00.000Z', reason: 'denied' },
      });
    }
  });

  test('a payment that failed is an alert, without a signature where there is no secret', async () => {
    const { auth, set } = shared();
    const owner = await openOrganisation(auth);
    const { organisationId } = owner;
    await set(owner, 'alerts.webhook_url', url);
    await working(true, async () => {
      await tellOfFailedPayment(auth.context, {
        owner_type: 'organisation',
        owner_id: organisationId,
        subscription_id: randomUUID(),
        plan: 'pro',
        status: 'past_due',
        tier: 'pro',
        limits: {},
        grace_ends_at: null,
        revision: 3,
      });
      await waitFor(() => Promise.resolve(received.length === 1));
    });
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature');
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      type: 'subscription.past_due',
      data: { organisation_id: organisationId, plan: 'pro', grace_ends_at: null },
    });
  });

  test('a policy that was violated is an alert that tells which, and nothing of the call', async () => {
    const { auth, set } = shared();
    const owner = await openOrganisation(auth);
    const { organisationId } = owner;
    await set(owner, 'alerts.webhook_url', url);
    const told = {
      at: '2026-11-27T13:00:00.000Z',
      violation_id: randomUUID(),
      policy_id: randomUUID(),
      policy: 'No names',
      severity: 'critical',
      action: 'blocked',
      environment: 'prod',
    } as const;
    await working(true, async () => {
      const notice = { kind: 'policy_violated', ...told } as const;
      await tellOwners(auth.context, { organisation_id: organisationId, key: randomUUID(), notice });
      await waitFor(() => Promise.resolve(received.length === 1));
    });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      type: 'policy.violated',
      timestamp: expect.stringMatching(/Z$/),
      data: { organisation_id: organisationId, ...told },
    });
  });

  test.each(['127.0.0.1', 'localhost'])('nothing is posted to %s unless operators allow it', async (host) => {
    const { auth, set } = shared();
    const owner = await openOrganisation(auth);
    await set(owner, 'alerts.webhook_url', url.replace('127.0.0.1', host));
    const key = randomUUID();
    await working(false, async () => {
      await failing(owner.organisationId, key);
      await waitFor(
        async () => received.length > 0 || (await queued(`notice-${key}`))?.failedReason === 'refused_address',
      );
    });
    expect(received).toEqual([]);
  });

  test('an organisation that names no webhook has nothing queued', async () => {
    const { auth } = shared();
    const { organisationId } = await openOrganisation(auth);
    const key = randomUUID();
    await failing(organisationId, key);
    expect(await queued(`notice-${key}`)).toBeUndefined();
  });
}
