import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';

/** How long a sign-up waits for the answer, in milliseconds. */
const TIMEOUT_MS = 1_000;
/** Largest answer read, in bytes: a padded one has about 1,500 lines of 45. */
const RESPONSE_BYTES_MAX = 262_144;
/** Connections to the list at once; who finds none free within the time-out is not asked about. */
const CONNECTIONS_MAX = 16;
/** Characters of a password's SHA-1 that leave the house; about a thousand listed passwords share them. */
const PREFIX_CHARS = 5;

/** What became of a question. */
export type BreachAnswer = 'listed' | 'clear' | 'unavailable';

/** Passwords that became known in breaches. */
export interface BreachedPasswords {
  /** Whether a password is listed. Never rejects: while the list cannot be asked nothing is. */
  hold(password: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Asks nobody. */
export const noBreachedPasswords: BreachedPasswords = {
  hold: () => Promise.resolve(false),
  close: () => Promise.resolve(),
};

/**
 * The list of Have I Been Pwned, or another with its API (haveibeenpwned.com/API/v3#PwnedPasswords), at `baseUrl`. It is told the first five
 * characters of a hash, and the answer is padded, so neither it nor the network learns the password.
 */
export function breachedPasswordsAt(baseUrl: string, onAnswer: (answer: BreachAnswer) => void): BreachedPasswords {
  const dispatcher = new Agent({
    connections: CONNECTIONS_MAX,
    connect: { timeout: TIMEOUT_MS },
    maxResponseSize: RESPONSE_BYTES_MAX,
  });
  async function ask(password: string): Promise<BreachAnswer> {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
    const url = `${baseUrl.replace(/\/+$/, '')}/range/${hash.slice(0, PREFIX_CHARS)}`;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const headers = { 'add-padding': 'true', 'user-agent': 'turnpike-auth' };
      const { statusCode, body } = await request(url, { dispatcher, headers, signal });
      const text = await body.text();
      if (statusCode !== 200) return 'unavailable';
      return holds(text, hash.slice(PREFIX_CHARS)) ? 'listed' : 'clear';
    } catch {
      return 'unavailable';
    }
  }
  return {
    async hold(password) {
      const answer = await ask(password);
      onAnswer(answer);
      return answer === 'listed';
    },
    close: () => dispatcher.close(),
  };
}

/** Lines are `<rest of the hash>:<how often it was seen>`; padding was seen 0 times. */
function holds(lines: string, rest: string): boolean {
  return lines.split('\n').some((line) => {
    const [suffix, count] = line.trim().split(':');
    return suffix?.toUpperCase() === rest && Number(count) > 0;
  });
}
