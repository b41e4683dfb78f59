import type { SECRET_KINDS } from '@turnpike/contracts';
import { compilePattern } from '../patterns/program.ts';
import { detector, type Detector } from './detector.ts';
import { entropyOf } from './validators.ts';

/** Line ends of a key, also as they are spelled inside of source text. */
const BREAK = String.raw`(?:\s|\\n|\\r)`;

/** Private keys and tokens are longer than most. */
const LONG = { symbolsMax: 8_192 };

/** Bits for each character from which on a value is taken for random. */
export const ENTROPY_BITS_FULL = 4;

const assignment: Detector = {
  entity: 'password_assignment',
  program: compilePattern(
    String.raw`(?i:\b(?:password|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret))["']?[ \t]*[:=][ \t]*["']?[^\s"',;]{8}[^\s"',;]*`,
    false,
  ),
  // The confidence is the entropy of what is assigned, which a rule bounds in bits; see `min_entropy`.
  judge: (candidate) => {
    const value = candidate.slice(candidate.search(/[:=]/) + 1).replace(/^[\s"']+/, '');
    return { length: candidate.length, confidence: Math.min(1, entropyOf(value) / ENTROPY_BITS_FULL) };
  },
};

/** Credentials of known forms, by the kind that a rule names. */
export const SECRETS: Readonly<Record<(typeof SECRET_KINDS)[number], readonly Detector[]>> = {
  private_key: [
    detector(
      'private_key',
      String.raw`-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:${BREAK}*[A-Za-z0-9+/=]{16}[A-Za-z0-9+/=]*)*(?:${BREAK}*[A-Za-z0-9+/=]*${BREAK}*-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?`,
      0.99,
      LONG,
    ),
  ],
  jwt: [
    detector(
      'jwt',
      String.raw`\beyJ[A-Za-z0-9_-]{8}[A-Za-z0-9_-]*\.eyJ[A-Za-z0-9_-]{4}[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8}[A-Za-z0-9_-]*`,
      0.95,
      LONG,
    ),
  ],
  aws: [
    detector('aws_access_key', String.raw`\b(?:AKIA|ASIA|AGPA|AROA|AIDA)[A-Z2-7]{16}\b`, 0.95),
    detector('aws_secret_key', String.raw`(?i:aws.{0,20}secret.{0,20}[:=]\s*["']?)[A-Za-z0-9/+=]{40}`, 0.9),
  ],
  gcp: [
    detector('google_api_key', String.raw`\bAIza[0-9A-Za-z_-]{35}`, 0.95),
    detector('google_oauth_token', String.raw`\bya29\.[0-9A-Za-z_-]{20}[0-9A-Za-z_-]*`, 0.9),
  ],
  azure: [detector('azure_account_key', String.raw`(?i:AccountKey=)[A-Za-z0-9+/]{80}[A-Za-z0-9+/]*={0,2}`, 0.95)],
  github: [
    detector(
      'github_token',
      String.raw`\b(?:gh[pousr]_[A-Za-z0-9]{36}[A-Za-z0-9]*|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b`,
      0.99,
    ),
  ],
  gitlab: [detector('gitlab_token', String.raw`\bglpat-[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*`, 0.95)],
  slack: [
    detector('slack_token', String.raw`\bxox[abeprs]-[0-9A-Za-z]{8}[0-9A-Za-z-]*`, 0.95),
    detector('slack_webhook', String.raw`https://hooks\.slack\.com/services/[A-Za-z0-9/]{20}[A-Za-z0-9/]*`, 0.95),
  ],
  stripe: [detector('stripe_key', String.raw`\b(?:sk|rk|whsec)_(?:live_|test_)?[0-9A-Za-z]{24}[0-9A-Za-z]*`, 0.9)],
  // Keys of vendors of models, of package registries and of senders of mail, and ours.
  api_key: [
    detector(
      'api_key',
      String.raw`\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9][A-Za-z0-9_-]{19}[A-Za-z0-9_-]*`,
      0.95,
    ),
    detector('api_key', String.raw`\bsk_[a-z][a-z0-9]{1,11}_[0-9A-Za-z]{36}\b`, 0.95),
    detector(
      'api_key',
      String.raw`\b(?:hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50}[A-Za-z0-9_-]*|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|r8_[A-Za-z0-9]{37}|gsk_[A-Za-z0-9]{52}|xai-[A-Za-z0-9]{80})`,
      0.95,
    ),
  ],
  password_assignment: [assignment],
};
