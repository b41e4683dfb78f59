import { createHmac } from 'node:crypto';

/** How a secret begins that is base64, as the Standard Webhooks write it; any other one is taken as it is. */
const ENCODED = 'whsec_';

/**
 * The signature of a webhook by https://www.standardwebhooks.com: HMAC-SHA256 over `id.seconds.body`.
 *
 * @param seconds when it is sent, epoch seconds
 */
export function signAlert(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith(ENCODED) ? Buffer.from(secret.slice(ENCODED.length), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
