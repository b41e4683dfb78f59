import { appleNotification } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { applyAppleNotification } from '../apple-notifications.ts';
import { readAppleNotification } from '../domain/apple-notification.ts';
import { credentialRefused } from '../errors.ts';

export const appleNotificationRoute = (context: Context) =>
  route(appleNotification, async ({ body, log }) => {
    const notification = readAppleNotification(await context.providers.apple.readNotification(body.payload));
    if (notification === undefined) throw credentialRefused('apple', 'the token is not a notification');
    for (const event of notification.events) {
      if (event.kind === 'unknown') log.warn({ type: event.type }, 'Apple notified of something unknown');
    }
    await applyAppleNotification(context, notification);
    return { status: 200, body: { detail: 'Received' } };
  });
