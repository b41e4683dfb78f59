import { z } from 'zod';
import { field } from '../fields.ts';

/** Largest amount of one request, in credits. */
export const CREDITS_MAX = 1_000_000_000;
/** What an operation of the price list may be called: in the price file, by operators, and by the routes that charge for it. */
export const OPERATION_NAME = /^[a-z0-9][a-z0-9_.:-]{0,63}$/;
/** Exact to a micro-credit. */
const PRICE = /^\d{1,10}(?:\.\d{1,6})?$/;
/** Micro-credits as digits. */
const MICRO = /^\d{1,16}$/;
const MICRO_MAX = BigInt(CREDITS_MAX) * 1_000_000n;
const MICRO_FAULT = `Must be digits, 0–${MICRO_MAX}`;
const HELD_MICRO = /^[1-9]\d{0,15}$/;
const HELD_MICRO_FAULT = `Must be digits, 1–${MICRO_MAX}`;
/** Longest description of an entry, in characters. */
const DESCRIPTION_CHARS_MAX = 500;

const PRICE_FAULT = `Must be 0–${CREDITS_MAX} with at most six decimals, such as 5 or "0.25"`;

/** What an entry of the history is for. */
export const transactionType = z.enum([
  'signup_bonus',
  'generation',
  'chat',
  'temporal',
  'llm',
  'admin_grant',
  'apple_iap',
  'stripe_purchase',
  'subscription_grant',
  'refund',
  'expiry',
  'adjustment',
]);
export type TransactionType = z.output<typeof transactionType>;

/** Field schemas of the credit routes. */
export const creditField = {
  /** A JSON number without a fraction. Strings, `NaN` and anything beyond the limit are refused. */
  amount: z.number().int().min(1).max(CREDITS_MAX).describe(`Whole credits, 1–${CREDITS_MAX}.`),
  /** What a call turned out to cost; it may be nothing. */
  usage: z.number().int().min(0).max(CREDITS_MAX).describe(`Whole credits, 0–${CREDITS_MAX}.`),
  /** The same to a micro-credit, for callers that charge fractions. Text, as it outgrows what JSON numbers are exact to. */
  micro: z
    .string()
    .regex(MICRO, MICRO_FAULT)
    .refine((text) => !MICRO.test(text) || BigInt(text) <= MICRO_MAX, MICRO_FAULT)
    .describe(`Micro-credits (millionths of a credit) as digits, 0–${MICRO_MAX}.`),
  /** The same of what is held, which is something. */
  heldMicro: z
    .string()
    .regex(HELD_MICRO, HELD_MICRO_FAULT)
    .refine((text) => !HELD_MICRO.test(text) || BigInt(text) <= MICRO_MAX, HELD_MICRO_FAULT)
    .describe(`Micro-credits (millionths of a credit) as digits, 1–${MICRO_MAX}.`),
  /** A price, in the price file as in a request. Its text is a decimal either way, so nothing is rounded. */
  price: z
    .union(
      [
        z
          .number()
          .min(0, { error: PRICE_FAULT, abort: true })
          .max(CREDITS_MAX, { error: PRICE_FAULT, abort: true })
          .refine((value) => PRICE.test(String(value)), PRICE_FAULT),
        z
          .string()
          .regex(PRICE, { error: PRICE_FAULT, abort: true })
          .refine((text) => Number(text) <= CREDITS_MAX, PRICE_FAULT),
      ],
      { error: PRICE_FAULT },
    )
    .describe(`Credits, 0–${CREDITS_MAX}, with at most six decimals: a number, or a decimal in quotes.`),
  balance: z.number().int().describe('Whole credits, rounded down.'),
  operation: z
    .string()
    .regex(OPERATION_NAME, 'Must be 1–64 lower-case letters, digits, and _ . : -')
    .describe('An operation of the price list.'),
  description: z.string().trim().min(1).max(DESCRIPTION_CHARS_MAX).describe(`1–${DESCRIPTION_CHARS_MAX} characters.`),
  userId: field.id.toLowerCase().describe('The user whose credits move.'),
} as const;

/** One entry of an account's history. */
export const historyEntry = z
  .object({
    amount: z.number().int().describe('Whole credits; negative where credits went out, then rounded up.'),
    balance_after: z
      .number()
      .int()
      .describe(
        'What the owner had after this entry: credits (held ones included) less debt. Every entry adds to the one before.',
      ),
    type: transactionType,
    description: z.string(),
    created_at: field.timestamp,
  })
  .meta({ id: 'HistoryEntry' });
