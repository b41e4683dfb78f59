import {
  Environment,
  SignedDataVerifier,
  VerificationException,
  VerificationStatus,
} from '@apple/app-store-server-library';
import { z } from 'zod';
import { unavailable } from '@turnpike/service-kit';
import { APPLE_ROOT_CA_G3 } from './root-certificate.ts';
import type { AppleSettings } from './settings.ts';
import {
  readNotification,
  readRenewal,
  readTransaction,
  type AppleNotification,
  type AppleTransaction,
} from './shapes.ts';

/** Thrown for what the App Store did not sign for this app; the message says what is wrong with it, for the log. */
export class NotOfTheAppStore extends Error {}

/** Reads what the App Store has signed for this app, in an environment that is taken. */
export interface AppStoreReader {
  /** Throws `NotOfTheAppStore`; 503 where Apple is to be asked about its certificates, and does not answer. */
  transaction(signed: string): Promise<AppleTransaction>;
  /** With what it carries, which is signed by itself. Throws as above. */
  notification(signed: string): Promise<AppleNotification>;
}

const ENVIRONMENTS = { production: Environment.PRODUCTION, sandbox: Environment.SANDBOX } as const;

/** The reader, or `undefined` where no app is named. */
export function createAppStoreReader(settings: AppleSettings): AppStoreReader | undefined {
  const { APPLE_BUNDLE_ID: bundleId, APPLE_APP_ID: appId, APPLE_ROOT_CERTIFICATES: own } = settings;
  if (bundleId === undefined) return undefined;
  const roots = own.length === 0 ? [Buffer.from(APPLE_ROOT_CA_G3, 'base64')] : [...own];
  const verifiers = settings.APPLE_ENVIRONMENTS.map(
    (environment) =>
      new SignedDataVerifier(roots, settings.APPLE_ONLINE_CHECKS, ENVIRONMENTS[environment], bundleId, appId),
  );
  const read = async <T>(decode: (verifier: SignedDataVerifier) => Promise<unknown>, shape: (found: unknown) => T) => {
    let refusal: unknown;
    for (const verifier of verifiers) {
      try {
        return shape(await decode(verifier));
      } catch (error) {
        refusal = refusalOf(error);
      }
    }
    throw refusal;
  };
  const transaction = (signed: string) =>
    read((verifier) => verifier.verifyAndDecodeTransaction(signed), readTransaction);
  return {
    transaction,
    async notification(signed) {
      const found = await read((verifier) => verifier.verifyAndDecodeNotification(signed), readNotification);
      const bought = found.transaction === undefined ? undefined : await transaction(found.transaction);
      const { renewal: signedRenewal } = found;
      const renewal =
        signedRenewal === undefined
          ? undefined
          : await read((verifier) => verifier.verifyAndDecodeRenewalInfo(signedRenewal), readRenewal);
      if (renewal !== undefined && renewal.originalId !== bought?.originalId)
        throw new NotOfTheAppStore('it tells of two subscriptions');
      return { ...found, transaction: bought, renewal };
    },
  };
}

/** An error of the library, or of what it read, as ours. Throws where Apple did not answer. */
function refusalOf(error: unknown): unknown {
  if (error instanceof VerificationException) {
    if (error.status === VerificationStatus.RETRYABLE_VERIFICATION_FAILURE) throw unavailable('Apple', error);
    return new NotOfTheAppStore(VerificationStatus[error.status], { cause: error });
  }
  if (error instanceof z.ZodError) return new NotOfTheAppStore(z.prettifyError(error), { cause: error });
  return error;
}
