import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Bytes of the authentication tag that an encrypted value begins with. */
export const GCM_TAG_BYTES = 16;

/** AES-256-GCM: the authentication tag, then the ciphertext. `nonce`: 12 bytes, once per key. `context` is authenticated and not stored. */
export function encrypt(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, context = ''): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([cipher.getAuthTag(), encrypted]);
}

/** What `encrypt` was given. Throws where key, nonce or context are others, or the bytes were changed. */
export function decrypt(key: Uint8Array, nonce: Uint8Array, encrypted: Uint8Array, context = ''): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: GCM_TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(encrypted.subarray(0, GCM_TAG_BYTES));
  return Buffer.concat([decipher.update(encrypted.subarray(GCM_TAG_BYTES)), decipher.final()]);
}
