import { foldAscii } from '@turnpike/contracts';

/** Longest password, in code points and in UTF-8 bytes: a bound on the work of a request, far above what people type. */
export const PASSWORD_CODE_POINTS_MAX = 128;
const PASSWORD_BYTES_MAX = 512;
/** Shortest length that can be configured, in code points (NIST SP 800-63B-4 §3.1.1.2). */
export const PASSWORD_LENGTH_FLOOR = 8;
/** Shorter words of a person say too little to count against a password. */
const CONTEXT_WORD_CHARS_MIN = 4;

/** Why a password is not taken. */
export type PasswordFault = 'too_short' | 'too_long' | 'common' | 'context' | 'malformed';

/** A password that its owner must choose anew. */
export class PasswordRejected extends Error {
  override readonly name = 'PasswordRejected';
  readonly fault: PasswordFault;

  constructor(fault: PasswordFault) {
    super(`password rejected: ${fault}`);
    this.fault = fault;
  }
}

/** Passwords that guessers try first. */
export interface CommonPasswords {
  /** Whether a password is on the list, or is a short piece or a listed password over and over; the case of ASCII letters is ignored. */
  holds(password: string): boolean;
}

/** Whose password it shall be. */
export interface PasswordOwner {
  readonly email?: string | undefined;
  /** Of the person and of what they belong to. */
  readonly names: readonly (string | null | undefined)[];
}

/**
 * A password as it is hashed (RFC 8265 OpaqueString): every space is U+0020, NFC, nothing trimmed and no case folded. `undefined` for a text
 * that can be no password: a lone surrogate, or more bytes than the most.
 */
export function normalisePassword(text: string): string | undefined {
  if (!text.isWellFormed() || text.length > PASSWORD_BYTES_MAX) return undefined;
  const normal = text.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC');
  return Buffer.byteLength(normal) > PASSWORD_BYTES_MAX ? undefined : normal;
}

/** The rules for a new password: a length, a list of common ones, and the owner's own words. Nothing is asked of its composition. */
export class PasswordPolicy {
  readonly #lengthMin: number;
  readonly #common: CommonPasswords;
  readonly #product: string;

  /** `lengthMin` in code points; `product` as mails call it. */
  constructor(lengthMin: number, common: CommonPasswords, product: string) {
    this.#lengthMin = lengthMin;
    this.#common = common;
    this.#product = product;
  }

  /** The password as it is to be hashed. Throws `PasswordRejected`. */
  check(text: string, owner: PasswordOwner): string {
    if (!text.isWellFormed()) throw new PasswordRejected('malformed');
    const password = normalisePassword(text);
    if (password === undefined) throw new PasswordRejected('too_long');
    const length = Array.from(password).length;
    if (length > PASSWORD_CODE_POINTS_MAX) throw new PasswordRejected('too_long');
    if (length < this.#lengthMin) throw new PasswordRejected('too_short');
    if (this.#common.holds(password)) throw new PasswordRejected('common');
    if (this.#isOfOwnWords(password, owner)) throw new PasswordRejected('context');
    return password;
  }

  /** Whether it holds the owner's address, or is little beside the owner's and the product's names. */
  #isOfOwnWords(password: string, { email, names }: PasswordOwner): boolean {
    const text = foldAscii(password);
    const address = foldAscii(email ?? '');
    if (address !== '' && text.includes(address)) return true;
    const words = [this.#product, ...names, address.slice(0, address.lastIndexOf('@'))]
      .flatMap((name) => [name ?? '', ...(name ?? '').split(/\s+/)])
      .map(foldAscii)
      .filter((word) => word.length >= CONTEXT_WORD_CHARS_MIN)
      .toSorted((one, other) => other.length - one.length);
    const rest = words.reduce((left, word) => left.replaceAll(word, ''), text);
    return rest !== text && Array.from(rest).length < PASSWORD_LENGTH_FLOOR;
  }
}
