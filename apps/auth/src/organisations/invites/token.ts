import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
/** A token of another length is none. */
const TOKEN = /^[ms][A-Za-z0-9_-]{43}$/;

/** The secret of an invite. Its first letter says how it was handed over: `m`ailed to the address, or `s`hown to whoever sent the invite. */
export interface InviteToken {
  readonly text: string;
  readonly digest: Buffer;
}

/** A new token; the digest is what is kept, and covers the first letter too. */
export function newInviteToken(mailed: boolean): InviteToken {
  const text = `${mailed ? 'm' : 's'}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return { text, digest: digestOf(text) };
}

/** What a caller's token is found by, or `undefined` for what cannot be one. */
export function inviteDigest(text: string): Buffer | undefined {
  return TOKEN.test(text) ? digestOf(text) : undefined;
}

/** Whether whoever has the token reads the mailbox of the invited address. */
export function wasMailed(text: string): boolean {
  return text.startsWith('m');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
