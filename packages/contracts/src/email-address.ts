import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** Longest e-mail address, in characters (RFC 5321 §4.5.3.1.3). */
const EMAIL_CHARS_MAX = 254;

/** RFC 5322's atext, and letters, marks and digits of any script (RFC 6531). Linear: no two parts can match the same text. */
const ATOM = String.raw`[A-Za-z0-9!#$%&'*+/=?^_\x60{|}~\p{L}\p{M}\p{N}-]+`;
const LABEL = String.raw`(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)`;
const ADDRESS = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*@(?:${LABEL}\.)+(?!\d+$)(?=..)${LABEL}$`, 'u');

/**
 * The one rule for e-mail addresses. Quoted local parts and address literals are none: mail programmes disagree on where such an address
 * ends, so a mail to it may reach another person.
 */
export function emailAddress(charsMax = EMAIL_CHARS_MAX) {
  return z
    .string()
    .max(charsMax)
    .refine((text) => ADDRESS.test(text), 'Must be an e-mail address')
    .meta({ format: 'idn-email', description: `E-mail address, at most ${charsMax} characters.` });
}

const anyAddress = emailAddress();

/** An address as a provider gave it, or `undefined` for what is none by the rule: nobody is kept out for an address that we cannot keep. */
export function emailOrNone(value: unknown): string | undefined {
  return anyAddress.safeParse(value).data;
}

/**
 * Folds the letters A–Z and nothing else, as everything does here that compares names without regard to case: further folding makes one text
 * of two (the Kelvin sign becomes a k), and what decides whose account it is must not.
 */
export function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** An address as it identifies a mailbox: ASCII letters folded, an international domain as DNS knows it (RFC 5890 A-labels). */
export function mailboxAddress(address: string): string {
  const domainAt = address.lastIndexOf('@') + 1;
  const domain = address.slice(domainAt);
  return foldAscii(address.slice(0, domainAt)) + (isAscii(domain) ? foldAscii(domain) : domainToASCII(domain));
}

/** Whether a text has ASCII characters only. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
