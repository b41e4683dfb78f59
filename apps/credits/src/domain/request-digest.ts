import { hash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id of the reservation that a caller names: its UUID, or one derived from any other key (version 8, RFC 9562
 * §5.8), so that a caller who lost the answer can still settle or release (ADR 12).
 */
export function reservationIdOf(callerKey: string): string {
  if (UUID.test(callerKey)) return callerKey.toLowerCase();
  const bytes = sha256(`turnpike reservation\n${callerKey}`).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What makes two requests the same: an operation and its arguments, in a fixed order. SHA-256. */
export function requestDigest(...parts: readonly unknown[]): Buffer {
  return sha256(JSON.stringify(parts));
}

/** SHA-256 of a caller's key: keys may hold anything, so they are not kept. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
