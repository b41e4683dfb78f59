import { randomInt } from 'node:crypto';
import { CODE_DIGITS } from '@turnpike/contracts';
import type { Vault } from './vault.ts';

/** Life of a mailed code, in seconds. */
const CODE_LIFE_SECONDS = 600;
/** Wrong tries that burn a code. */
const WRONG_TRIES_MAX = 5;

/** What a code is good for; a code of one purpose is never accepted for another. */
export type CodePurpose = 'sign_in';

/** How many codes may be sent. One address never gets more than one in a minute. */
export interface CodeLimits {
  readonly perAddressPerHour: number;
  readonly perClientPerHour: number;
  readonly perMinute: number;
}

/** A counter that a sent code goes into. */
export interface CodeWindow {
  readonly bucket: string;
  readonly limit: number;
  readonly seconds: number;
}

/** A code as it is kept: nobody can read the address or the code from it. */
export interface NewCode {
  readonly id: string;
  readonly purpose: CodePurpose;
  readonly recipientDigest: Buffer;
  readonly codeDigest: Buffer;
  readonly lifeSeconds: number;
  /** In the order in which they are locked: what few share first, what all share last. */
  readonly windows: readonly CodeWindow[];
}

/** Too many codes were asked for. */
export class TooManyCodes extends Error {
  override readonly name = 'TooManyCodes';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('too many codes');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What sending and checking codes need of the world. */
export interface VerificationPorts {
  /** Keeps the code and counts it; gives 0, or the seconds to wait when a window is used up. */
  record(code: NewCode): Promise<number>;
  /** Takes it all back: the code could not be put on its way. */
  withdraw(code: NewCode): Promise<void>;
  send(mail: { id: string; to: string; code: string; lifeSeconds: number }): Promise<void>;
  /** Uses a code up, or counts a wrong try, in one step; gives the id of the code that was used. */
  use(
    purpose: CodePurpose,
    recipientDigest: Buffer,
    codeDigest: Buffer,
    wrongTriesMax: number,
  ): Promise<string | undefined>;
  /** Lets a used code be used again. */
  reopen(id: string): Promise<void>;
  newId(): string;
}

/** Mailed codes: makes, sends and checks them. It never asks whether an address is known, so it cannot tell. */
export class Verification {
  readonly #ports: VerificationPorts;
  readonly #vault: Vault;
  readonly #limits: CodeLimits;

  constructor(ports: VerificationPorts, vault: Vault, limits: CodeLimits) {
    this.#ports = ports;
    this.#vault = vault;
    this.#limits = limits;
  }

  /** Mails a new code. Throws `TooManyCodes`, or what the queue throws when it is away; then nothing is counted. */
  async send(purpose: CodePurpose, email: string, clientAddress: string): Promise<void> {
    const code = newCode();
    const recipientDigest = this.#addressDigest('recipient', email);
    const kept: NewCode = {
      id: this.#ports.newId(),
      purpose,
      recipientDigest,
      codeDigest: this.#codeDigest(purpose, email, code),
      lifeSeconds: CODE_LIFE_SECONDS,
      windows: this.#windows(recipientDigest, clientAddress),
    };
    const waitSeconds = await this.#ports.record(kept);
    if (waitSeconds > 0) throw new TooManyCodes(waitSeconds);
    try {
      await this.#ports.send({ id: kept.id, to: email, code, lifeSeconds: CODE_LIFE_SECONDS });
    } catch (error) {
      await this.#ports.withdraw(kept);
      throw error;
    }
  }

  /**
   * Runs `work` if the code is right, and gives what it gives; `undefined` for a code that is wrong, used, burnt, outdated, or was never
   * sent. Where `work` fails for an outage the code is good again: nobody got anything for it.
   */
  async redeem<T>(
    purpose: CodePurpose,
    email: string,
    code: string,
    work: () => Promise<T>,
    isOutage: (error: unknown) => boolean,
  ): Promise<T | undefined> {
    const id = await this.#use(purpose, email, code);
    if (id === undefined) return undefined;
    try {
      return await work();
    } catch (error) {
      if (isOutage(error)) await this.#ports.reopen(id);
      throw error;
    }
  }

  /** A code that was mailed before the key was replaced is found by the digests of the key before. */
  async #use(purpose: CodePurpose, email: string, code: string): Promise<string | undefined> {
    const recipients = this.#vault.macs('verification-address', addressText('recipient', email));
    const codes = this.#vault.macs('verification-code', codeText(purpose, email, code));
    for (const [index, recipient] of recipients.entries()) {
      const digest = codes[index];
      const id = digest && (await this.#ports.use(purpose, recipient, digest, WRONG_TRIES_MAX));
      if (id !== undefined) return id;
    }
    return undefined;
  }

  #windows(recipientDigest: Buffer, clientAddress: string): CodeWindow[] {
    const recipient = recipientDigest.toString('hex');
    const client = this.#addressDigest('client', clientNetwork(clientAddress)).toString('hex');
    return [
      { bucket: `recipient-minute:${recipient}`, limit: 1, seconds: 60 },
      { bucket: `recipient-hour:${recipient}`, limit: this.#limits.perAddressPerHour, seconds: 3_600 },
      { bucket: `client-hour:${client}`, limit: this.#limits.perClientPerHour, seconds: 3_600 },
      { bucket: 'all-minute', limit: this.#limits.perMinute, seconds: 60 },
    ];
  }

  #addressDigest(what: 'recipient' | 'client', address: string): Buffer {
    return this.#vault.mac('verification-address', addressText(what, address));
  }

  /** Keyed, because six digits behind a plain hash are read off a list of a million. */
  #codeDigest(purpose: CodePurpose, email: string, code: string): Buffer {
    return this.#vault.mac('verification-code', codeText(purpose, email, code));
  }
}

function addressText(what: 'recipient' | 'client', address: string): Buffer {
  return Buffer.from(`${what}\n${address}`);
}

function codeText(purpose: CodePurpose, email: string, code: string): Buffer {
  return Buffer.from(`${purpose}\n${email}\n${code}`);
}

/** Six digits, each code equally likely. */
function newCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
}

/** What counts as one client: an IPv4 address, or the /64 that an IPv6 customer has to themselves. */
export function clientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::', 2) ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  const all = [...groups, ...zeros, ...rest].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${all.slice(0, 4).join(':')}::/64`;
}
