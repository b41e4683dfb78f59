import { crc32 } from 'node:zlib';

/** What stands between the parts of a key: `_`, or `-` where tools insist on keys that begin with `sk-`. */
export type KeySeparator = '_' | '-';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Random characters of a key: 30 base62 digits are 178 bits. */
export const API_KEY_RANDOM_CHARS = 30;
/** Random characters of a key that its prefix shows; the 24 that it does not show are still 143 bits. */
const PREFIX_RANDOM_CHARS = 6;
/** Digits of the checksum: enough for 32 bits. */
const CHECKSUM_CHARS = 6;

/**
 * An API key: `sk`, the environment, 30 random base62 digits, and 6 that are a checksum of all before them; one separator twice. Secret
 * scanners search for it; see docs/api-keys.md.
 */
const API_KEY_PATTERN = /^sk(?<separator>[-_])[a-z][a-z0-9]{1,11}\k<separator>[0-9A-Za-z]{36}$/;

/** Whether a credential is meant as an API key: what tells one from an access token. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith('sk_') || text.startsWith('sk-');
}

/** The environment part of a key: `live`, `test`, a name of the operator's, or the environment of an organisation. */
export const API_KEY_ENVIRONMENT_PATTERN = /^[a-z][a-z0-9]{1,11}$/;

/**
 * Whether a text has the form of an API key and its checksum fits. One that does not was mistyped, cut short or made up, and is refused
 * without a lookup; one that does may still be unknown.
 */
export function isWellFormedApiKey(text: string): boolean {
  if (!API_KEY_PATTERN.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_CHARS);
  return text.slice(-CHECKSUM_CHARS) === checksumOf(body);
}

/** A key from its environment and its random base62 digits. */
export function composeApiKey(environment: string, random: string, separator: KeySeparator = '_'): string {
  const body = `sk${separator}${environment}${separator}${random}`;
  return body + checksumOf(body);
}

/** The beginning of a key, by which people tell keys apart: what it may show of itself. */
export function apiKeyPrefix(key: string): string {
  const separator = key.charAt('sk'.length);
  return key.slice(0, key.indexOf(separator, 'sk_'.length) + 1 + PREFIX_RANDOM_CHARS);
}

/** One base62 digit for each byte below 248 (4 × 62), so that every digit is equally likely; other bytes give none. */
export function base62Digits(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte < 4 * DIGITS.length) text += DIGITS.charAt(byte % DIGITS.length);
  }
  return text;
}

/** CRC-32 of the text in base62, padded to six digits. It finds mistakes; it is no secret. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_CHARS; place += 1) {
    digits = DIGITS.charAt(rest % DIGITS.length) + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}
