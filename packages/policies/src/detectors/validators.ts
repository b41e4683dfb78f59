import { isIP } from 'node:net';

/** The check digit of payment cards (ISO/IEC 7812-1, Luhn). `digits` are digits only. */
function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const value = index % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** A card number: 13 to 19 digits of a known range of issuers, with the right check digit, and not one digit again and again. */
export function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  return (
    digits.length >= 13 && digits.length <= 19 && /^[2-6]/.test(digits) && !/^(\d)\1+$/.test(digits) && isLuhn(digits)
  );
}

/** Length of an IBAN by country (SWIFT IBAN registry). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 ' +
    'GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 ' +
    'NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** How many characters of a text, spaces included, are an IBAN with the right check digits (ISO 13616, mod 97); 0 where it begins with none. */
export function ibanLength(text: string): number {
  const length = IBAN_LENGTHS.get(text.slice(0, 2).toUpperCase());
  if (length === undefined) return 0;
  let iban = '';
  let at = 0;
  for (; at < text.length && iban.length < length; at += 1) if (text[at] !== ' ') iban += text[at];
  if (iban.length < length || /[\da-z]/i.test(text[at] ?? '')) return 0;
  const moved = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (const character of moved.toUpperCase()) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 ? at : 0;
}

/** A US social security number as they are given out: no area 000, 666 or 9xx, no group 00, no serial 0000. */
export function isSsn(text: string): boolean {
  const [, area = '', separator = '', group = '', again = '', serial = ''] =
    /^(\d{3})([- ])(\d{2})([- ])(\d{4})$/.exec(text) ?? [];
  return area !== '' && separator === again && !/^(?:000|666|9)/.test(area) && group !== '00' && serial !== '0000';
}

/** An address of the internet, and no time of day or name in a programme. */
export function isAddress(text: string): boolean {
  if (isIP(text) === 4) return true;
  return isIP(text) === 6 && /\d/.test(text) && text.split(':').length > 3;
}

/** How sure it is that a text is a telephone number, 0–1: with a country code more than without. */
export function phoneConfidence(text: string): number {
  const digits = text.replaceAll(/\D/g, '');
  if (digits.length < 7 || digits.length > 15 || isDate(text) || /^(\d)\1+$/.test(digits)) return 0;
  if (text.startsWith('+')) return 0.9;
  if (/^(?:1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}$/.test(text)) return 0.8;
  return /^\(?0/.test(text) && digits.length >= 9 ? 0.6 : 0.3;
}

function isDate(text: string): boolean {
  return /^(?:19|20)\d{2}[-. ]\d{2}[-. ]\d{2}$|^\d{2}[-. ]\d{2}[-. ](?:19|20)\d{2}$/.test(text);
}

/** Bits of information of each character (Shannon): about 4.5 for random letters and digits, below 3 for words. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
