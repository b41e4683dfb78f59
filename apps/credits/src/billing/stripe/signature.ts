import Stripe from 'stripe';

/** How old, or how far ahead, a signature may be, in seconds. */
const TOLERANCE_SECONDS = 300;

/** Whether Stripe signed these bytes under one of the secrets, lately. The library takes signatures of any future; ours may be as far ahead as behind. */
export function isSignedByStripe(body: Buffer, header: string, secrets: readonly string[]): boolean {
  const at = Number(/(?:^|,)t=(\d+)/.exec(header)?.[1]);
  if (!(at <= Date.now() / 1_000 + TOLERANCE_SECONDS)) return false;
  return secrets.some((secret) => isSignedUnder(body, header, secret));
}

function isSignedUnder(body: Buffer, header: string, secret: string): boolean {
  try {
    Stripe.webhooks.constructEvent(body, header, secret, TOLERANCE_SECONDS);
    return true;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}
