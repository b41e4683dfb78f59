import type { ClientInfo } from '../domain/session.ts';

interface CallerFacts {
  readonly clientAddress: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

/** What is kept of a sign-in's origin. `device` is the name an app gives its device. */
export function clientInfoOf({ clientAddress, userAgent, requestId }: CallerFacts, device?: string): ClientInfo {
  return { address: clientAddress, userAgent, requestId, device };
}
