import { isIP } from 'node:net';
import { deviceName } from '../domain/device-name.ts';
import type { ClientInfo } from '../domain/session.ts';

interface CallerFacts {
  readonly clientAddress: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

/** What is kept of a sign-in's origin. An address that is none is not kept. */
export function clientInfoOf({ clientAddress, userAgent, requestId }: CallerFacts): ClientInfo {
  const address = isIP(clientAddress) === 0 ? undefined : clientAddress;
  return { address, userAgent, requestId, device: deviceName(userAgent) };
}
