import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const SALT_BYTES = 16;
const TAG_BYTES = 16;

/**
 * Encrypts what is kept for a client with a key that only the client's own secret yields, so that the store alone tells nobody what was
 * answered to whom (AES-256-GCM; the salt makes each key single-use, so a fixed nonce is safe).
 */
export function seal(secret: string, plain: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, salt), Buffer.alloc(12));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([salt, cipher.getAuthTag(), sealed]);
}

/** Decrypts what `seal` made. Throws when the secret is another one or the bytes were changed. */
export function unseal(secret: string, sealed: Buffer): Buffer {
  const salt = sealed.subarray(0, SALT_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, salt), Buffer.alloc(12));
  decipher.setAuthTag(sealed.subarray(SALT_BYTES, SALT_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(SALT_BYTES + TAG_BYTES)), decipher.final()]);
}

function keyOf(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'turnpike edge answer', 32));
}
