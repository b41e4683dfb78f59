import { createHash, randomBytes } from 'node:crypto';
import type { Vault } from '../../vault/domain/vault.ts';

const PREFIX = 'rt_';
const SESSION_BYTES = 16;
const RANDOM_BYTES = 32;
const MAC_BYTES = 16;
const TOKEN_PATTERN = /^rt_[A-Za-z0-9_-]{86}$/;

/** A refresh token taken apart: whose session it names, and what the database knows it by. */
export interface RefreshToken {
  /** What the client holds. */
  readonly text: string;
  readonly sessionId: string;
  /** SHA-256 of the token; the only form that is stored. */
  readonly digest: Buffer;
}

/**
 * Makes and reads refresh tokens: opaque text over the session's id, 256 random bits, and a MAC, by which an old token
 * of ours is told from a made-up one without a record of each (ADR 7).
 */
export class RefreshTokens {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** A new token of a session. */
  issue(sessionId: string): RefreshToken {
    const payload = Buffer.concat([uuidBytes(sessionId), randomBytes(RANDOM_BYTES)]);
    const mac = this.#vault.mac('refresh-token', payload).subarray(0, MAC_BYTES);
    return describe(Buffer.concat([payload, mac]), sessionId);
  }

  /** The token a client presented, or `undefined` if we never made it. */
  read(text: string): RefreshToken | undefined {
    if (!TOKEN_PATTERN.test(text)) return undefined;
    const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
    const payload = bytes.subarray(0, SESSION_BYTES + RANDOM_BYTES);
    const mac = bytes.subarray(SESSION_BYTES + RANDOM_BYTES);
    if (!this.#vault.verifyMac('refresh-token', payload, mac)) return undefined;
    const token = describe(bytes, uuidText(bytes.subarray(0, SESSION_BYTES)));
    // The last character carries unused bits; only the spelling that was given out is the token.
    return token.text === text ? token : undefined;
  }

  /** Seals a successor so that only somebody who presents its predecessor (to us) can be told it again. */
  sealSuccessor(predecessor: RefreshToken, successor: RefreshToken): Buffer {
    return this.#vault.seal(
      'refresh-successor',
      Buffer.from(successor.text),
      predecessor.sessionId,
      Buffer.from(predecessor.text),
    );
  }

  /** The successor that was sealed for this predecessor. Throws `VaultError` when it was sealed for another. */
  openSuccessor(predecessor: RefreshToken, sealed: Uint8Array): string {
    return this.#vault
      .open('refresh-successor', sealed, predecessor.sessionId, Buffer.from(predecessor.text))
      .toString();
  }
}

function describe(bytes: Buffer, sessionId: string): RefreshToken {
  const text = PREFIX + bytes.toString('base64url');
  return { text, sessionId, digest: createHash('sha256').update(text).digest() };
}

function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
