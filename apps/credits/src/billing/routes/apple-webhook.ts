import { appleWebhook } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { handleNotification } from '../apple/purchases.ts';
import { NotOfTheAppStore } from '../apple/signed-data.ts';
import { requireAppStore } from './require-payments.ts';

export const appleWebhookRoute = (context: Context) =>
  route(appleWebhook, async ({ body, log }) => {
    const tools = requireAppStore(context);
    const notification = await tools.appStore.notification(body.signedPayload).catch((error: unknown) => {
      if (!(error instanceof NotOfTheAppStore)) throw error;
      log.warn({ err: error }, 'a notification that is not of the App Store');
      throw new AppError('request.malformed', { detail: 'The App Store did not sign this for this app.' });
    });
    await handleNotification(tools, notification);
    context.told();
    return { status: 200, body: { received: true } };
  });
