import { compilePattern } from '../patterns/program.ts';
import { detector, type Detector } from './detector.ts';
import { ibanLength, isAddress, isCardNumber, isSsn, phoneConfidence } from './validators.ts';

const DATE = String.raw`(?:[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./ ][0-9]{1,2}[-./ ](?:[0-9]{4}|[0-9]{2})|[0-9]{1,2}\.? [A-Za-z]{3,9}\.? [0-9]{4}|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4})`;

const iban: Detector = {
  entity: 'iban',
  program: compilePattern(String.raw`\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,36}\b`, false),
  judge: (candidate) => {
    const length = ibanLength(candidate);
    return length === 0 ? undefined : { length, confidence: 0.95 };
  },
};

const phone: Detector = {
  entity: 'phone',
  program: compilePattern(
    String.raw`(?:\+[0-9]{1,3}[ .-]?|\b)(?:\([0-9]{1,4}\)[ .-]?|\b[0-9]{1,5}[ .-]?)(?:[0-9]{2,5}[ .-]?){1,4}[0-9]{2,4}\b|\([0-9]{2,4}\) ?[0-9]{2,4}[ .-][0-9]{3,8}\b`,
    false,
  ),
  judge: (candidate) => {
    const confidence = phoneConfidence(candidate);
    return confidence === 0 ? undefined : { length: candidate.length, confidence };
  },
};

/** Personal data that has a form. Names, addresses and the like have none: that is what external detectors are for. */
export const PII: readonly Detector[] = [
  detector(
    'email',
    String.raw`[\p{L}\p{N}][\p{L}\p{N}._%+'-]*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}\p{L}+`,
    0.95,
  ),
  detector('credit_card', String.raw`\b[0-9](?:[ -]?[0-9]){12,18}\b`, 0.95, { check: isCardNumber }),
  iban,
  detector('us_ssn', String.raw`\b[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}\b`, 0.85, { check: isSsn }),
  phone,
  detector(
    'ip',
    String.raw`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\b[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]*(?::[0-9A-Fa-f]{1,4}|(?:[0-9]{1,3}\.){3}[0-9]{1,3})\b`,
    0.8,
    { check: isAddress },
  ),
  detector('mac', String.raw`\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\b|\b[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}\b`, 0.8),
  detector(
    'passport',
    String.raw`(?i:\bpassport(?: (?:no|nr|number|nummer))?)[.:#]{0,2} ?(?i:is )?[A-Z0-9]{6,9}\b`,
    0.7,
    { check: (candidate) => /\d(?:\D?\d){4}/.test(candidate) },
  ),
  detector(
    'dob',
    String.raw`(?i:\b(?:dob|d\.o\.b\.|date of birth|birth ?date|born(?: on)?))[: ]{1,3}(?i:is )?${DATE}\b`,
    0.8,
  ),
];
