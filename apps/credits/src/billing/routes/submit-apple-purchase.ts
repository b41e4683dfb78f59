import { submitApplePurchase } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { floorCredits } from '../../domain/amounts.ts';
import { invalidField } from '../../routes/refusals.ts';
import { takePurchase } from '../apple/purchases.ts';
import { NotOfTheAppStore } from '../apple/signed-data.ts';
import { requireAppStore } from './require-payments.ts';

export const submitApplePurchaseRoute = (context: Context) =>
  route(submitApplePurchase, async ({ identity, body, log }) => {
    const tools = requireAppStore(context);
    const bought = await tools.appStore.transaction(body.signed_transaction).catch((error: unknown) => {
      if (!(error instanceof NotOfTheAppStore)) throw error;
      log.warn({ err: error }, 'a purchase that is not of the App Store');
      throw invalidField('signed_transaction', 'The App Store did not sign this for this app');
    });
    const { granted, available, created } = await takePurchase(tools, identity.userId, bought);
    context.told();
    const amounts = { granted: floorCredits(granted), balance: floorCredits(available) };
    return { status: 200, body: { transaction_id: bought.id, ...amounts, created } };
  });
