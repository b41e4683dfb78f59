import { hkdfSync, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.ts';

const SALT_BYTES = 16;
/** Each salt makes a key that is used once, so a fixed nonce is safe. */
const NONCE = Buffer.alloc(12);

/**
 * Encrypts what is kept for a client with a key that only the client's own secret yields, so that the store alone tells nobody what was
 * answered to whom. What was sealed for one `purpose` does not open for another.
 */
export function seal(secret: string, purpose: string, plain: Uint8Array): Buffer {
  const salt = randomBytes(SALT_BYTES);
  return Buffer.concat([salt, encrypt(keyOf(secret, purpose, salt), NONCE, plain)]);
}

/** Decrypts what `seal` made. Throws when secret or purpose are others, or the bytes were changed. */
export function unseal(secret: string, purpose: string, sealed: Uint8Array): Buffer {
  const salt = sealed.subarray(0, SALT_BYTES);
  return decrypt(keyOf(secret, purpose, salt), NONCE, sealed.subarray(SALT_BYTES));
}

function keyOf(secret: string, purpose: string, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, purpose, 32));
}
