import { listFailedMail } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';

export const listFailedMailRoute = ({ mailQueue }: Context) =>
  route(listFailedMail, async ({ query: { limit, offset } }) => {
    const { items, total } = await mailQueue.failed(limit, offset);
    const mails = items.map(({ queuedAtMs, failedAtMs, ...mail }) => ({
      ...mail,
      queued_at: new Date(queuedAtMs).toISOString(),
      failed_at: new Date(failedAtMs).toISOString(),
    }));
    return { status: 200, body: { items: mails, total, limit, offset } };
  });
