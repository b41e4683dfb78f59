import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { HashSlots } from './hash-slots.ts';
import { formatPhc, parsePhc, type Argon2Cost, type Argon2Hash } from './phc.ts';

/** The least that OWASP's Password Storage Cheat Sheet asks of argon2id: 19 MiB, two passes, one lane. */
const COST: Argon2Cost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const derive = promisify(argon2);

export interface PasswordHasherOptions {
  /** A secret that goes into every hash and lies where the hashes do not. Rejects when it cannot be read. */
  readonly pepper: () => Promise<Buffer>;
  /** Hashes at once. */
  readonly concurrency: number;
  /** How many more may wait. */
  readonly queueMax: number;
}

/** What comparing a password with a stored hash gave. */
export interface PasswordVerdict {
  readonly ok: boolean;
  /** Right, but hashed at another cost than today's: hash it again while it is at hand. */
  readonly stale: boolean;
}

/**
 * Hashes passwords with argon2id, off the main thread and a bounded number at once. Both methods throw `HashingBusy` when too many wait.
 * They take the text as `PasswordPolicy` normalised it.
 */
export class PasswordHasher {
  readonly #pepper: PasswordHasherOptions['pepper'];
  readonly #slots: HashSlots;
  /** Nobody's hash: what is compared where there is none, so that it takes as long. */
  readonly #nobodys: Argon2Hash = { ...COST, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) };

  constructor({ pepper, concurrency, queueMax }: PasswordHasherOptions) {
    this.#pepper = pepper;
    this.#slots = new HashSlots(concurrency, queueMax);
  }

  /** A new hash as a PHC string, at today's cost unless told. */
  async hash(password: string, cost: Argon2Cost = COST): Promise<string> {
    const salted = { ...cost, salt: randomBytes(SALT_BYTES) };
    return formatPhc({ ...salted, tag: await this.#derive(password, salted, TAG_BYTES) });
  }

  /** Whether the password is the one of the hash. Without a hash the same work is done, and the answer is no. */
  async verify(password: string, phc: string | undefined): Promise<PasswordVerdict> {
    const stored = phc === undefined ? this.#nobodys : parsePhc(phc);
    const tag = await this.#derive(password, stored, stored.tag.length);
    const ok = timingSafeEqual(tag, stored.tag) && phc !== undefined;
    return { ok, stale: ok && !isOfCost(stored, COST) };
  }

  async #derive(password: string, cost: Argon2Cost & { readonly salt: Buffer }, tagLength: number): Promise<Buffer> {
    const secret = await this.#pepper();
    return this.#slots.run(() =>
      derive('argon2id', {
        message: password,
        nonce: cost.salt,
        secret,
        memory: cost.memoryKib,
        passes: cost.passes,
        parallelism: cost.parallelism,
        tagLength,
      }),
    );
  }
}

function isOfCost(hash: Argon2Cost, cost: Argon2Cost): boolean {
  return hash.memoryKib === cost.memoryKib && hash.passes === cost.passes && hash.parallelism === cost.parallelism;
}
