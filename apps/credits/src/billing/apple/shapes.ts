import { z } from 'zod';

/** What is read of what the App Store signs. Everything else of it is left alone. */

/** How far ahead a signature may be, in milliseconds. */
const AHEAD_MS = 300_000;
/** Most of a product that one transaction buys. */
const QUANTITY_MAX = 1_000;

const moment = z
  .number()
  .int()
  .positive()
  .max(8.64e15)
  .transform((milliseconds) => new Date(milliseconds));
/** The library takes what carries no date, or a future one, which would be the latest word for good. */
const signedDate = moment.refine((at) => at.getTime() <= Date.now() + AHEAD_MS, 'is in the future');
const name = z.string().min(1).max(64);

const transactionShape = z.object({
  transactionId: name,
  originalTransactionId: name,
  productId: z.string().min(1).max(255),
  type: z.string(),
  purchaseDate: moment,
  expiresDate: moment.optional(),
  quantity: z.number().int().min(1).max(QUANTITY_MAX).default(1),
  appAccountToken: z.uuid().toLowerCase().optional(),
  offerDiscountType: z.string().optional(),
  revocationDate: moment.optional(),
  signedDate,
});

/** A purchase, or a period of a subscription, as the App Store had it at `signedAt`. */
export interface AppleTransaction {
  readonly id: string;
  /** The same in all periods of a subscription. */
  readonly originalId: string;
  readonly productId: string;
  /** Who bought it; `undefined` where the app did not say. */
  readonly userId: string | undefined;
  readonly quantity: number;
  readonly purchasedAt: Date;
  /** Of a subscription: up to when it is paid. */
  readonly expiresAt: Date | undefined;
  readonly isTrial: boolean;
  /** Its money went back, or it was shared by somebody who does so no more. */
  readonly isRevoked: boolean;
  readonly signedAt: Date;
}

/** Reads a transaction. Throws for what is none. */
export function readTransaction(given: unknown): AppleTransaction {
  const found = transactionShape.parse(given);
  const renews = found.type === 'Auto-Renewable Subscription';
  if (renews && (found.expiresDate === undefined || found.expiresDate <= found.purchaseDate))
    throw new Error('a subscription without an end');
  return {
    id: found.transactionId,
    originalId: found.originalTransactionId,
    productId: found.productId,
    userId: found.appAccountToken,
    quantity: found.quantity,
    purchasedAt: found.purchaseDate,
    expiresAt: renews ? found.expiresDate : undefined,
    isTrial: found.offerDiscountType === 'FREE_TRIAL',
    isRevoked: found.revocationDate !== undefined,
    signedAt: found.signedDate,
  };
}

const renewalShape = z.object({
  originalTransactionId: name,
  autoRenewProductId: z.string().optional(),
  autoRenewStatus: z.number().optional(),
  gracePeriodExpiresDate: moment.optional(),
});

/** What is to become of a subscription. */
export interface AppleRenewal {
  readonly originalId: string;
  readonly renews: boolean;
  readonly nextProductId: string | undefined;
  /** Until when an unpaid one is to go on. */
  readonly graceEndsAt: Date | undefined;
}

/** Reads it. Throws for what is none. */
export function readRenewal(given: unknown): AppleRenewal {
  const found = renewalShape.parse(given);
  return {
    originalId: found.originalTransactionId,
    renews: found.autoRenewStatus !== 0,
    nextProductId: found.autoRenewProductId,
    graceEndsAt: found.gracePeriodExpiresDate,
  };
}

/** `status` of a notification: https://developer.apple.com/documentation/appstoreserverapi/status. */
const STATUS: Readonly<Record<number, AppleStatus>> = {
  1: 'active',
  2: 'expired',
  3: 'retrying',
  4: 'in_grace',
  5: 'revoked',
};
type AppleStatus = 'active' | 'expired' | 'retrying' | 'in_grace' | 'revoked';

const notificationShape = z.object({
  notificationUUID: z.string().min(1).max(255),
  notificationType: z.string().min(1).max(100),
  signedDate,
  data: z
    .object({
      signedTransactionInfo: z.string().optional(),
      signedRenewalInfo: z.string().optional(),
      status: z.number().optional(),
    })
    .optional(),
});

/** What the App Store tells, with the signed parts as they came. */
export interface SignedNotification {
  readonly id: string;
  readonly type: string;
  readonly signedAt: Date;
  readonly status: AppleStatus | undefined;
  readonly transaction: string | undefined;
  readonly renewal: string | undefined;
}

/** The same with its parts read. */
export type AppleNotification = Omit<SignedNotification, 'transaction' | 'renewal'> & {
  readonly transaction: AppleTransaction | undefined;
  readonly renewal: AppleRenewal | undefined;
};

/** Reads a notification. Throws for what is none. */
export function readNotification(given: unknown): SignedNotification {
  const { notificationUUID, notificationType, signedDate: signedAt, data } = notificationShape.parse(given);
  return {
    id: notificationUUID,
    type: notificationType,
    signedAt,
    status: data?.status === undefined ? undefined : STATUS[data.status],
    transaction: data?.signedTransactionInfo,
    renewal: data?.signedRenewalInfo,
  };
}
