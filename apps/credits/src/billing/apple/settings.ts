import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { CREDITS_MAX } from '@turnpike/contracts';
import { env } from '@turnpike/service-kit';

/** Settings of purchases in the App Store; a part of the service's configuration. */
export const appleSettings = {
  APPLE_BUNDLE_ID: z
    .string()
    .optional()
    .describe('The bundle of the app whose purchases are taken (com.example.app). Without it none are.'),
  APPLE_APP_ID: z.coerce
    .number({ error: 'must be a whole number' })
    .int()
    .min(1)
    .optional()
    .describe("The app's number in the App Store (its Apple ID); needed with APPLE_BUNDLE_ID for production."),
  APPLE_ENVIRONMENTS: env
    .list()
    .transform((names) => (names.length === 0 ? ['production'] : names))
    .pipe(z.array(z.enum(['production', 'sandbox'])))
    .describe(
      'Of which stores purchases are taken: production, sandbox, or both. In the sandbox testers pay nothing, and get credits all the same.',
    ),
  APPLE_PRODUCTS: env
    .json(z.record(z.string().min(1).max(255), z.number().int().min(1).max(CREDITS_MAX)))
    .default({})
    .describe(
      'Credits by product of the App Store that is bought once, as JSON: {"com.example.credits100": 100}. Products that are subscriptions stand with their plans (apple_product_ids).',
    ),
  APPLE_ROOT_CERTIFICATES: env
    .list()
    .transform((texts, context) =>
      texts.map((text) => {
        const certificate = Buffer.from(text, 'base64');
        try {
          return new X509Certificate(certificate).raw;
        } catch {
          context.addIssue({ code: 'custom', message: 'must be certificates (DER) in base64' });
          return z.NEVER;
        }
      }),
    )
    .describe('Certificates that signatures of the App Store lead to, in base64; Apple Root CA - G3 unless set.'),
  APPLE_ONLINE_CHECKS: env
    .flag(false)
    .describe('Ask Apple whether its certificates were revoked, at each purchase; when it does not answer, 503.'),
} as const;

export type AppleSettings = z.output<z.ZodObject<typeof appleSettings>>;
