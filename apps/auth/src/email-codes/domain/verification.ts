import { randomInt } from 'node:crypto';
import { CODE_DIGITS } from '@turnpike/contracts';
import { clientNetwork } from '@turnpike/service-kit';
import type { Vault } from '../../vault/domain/vault.ts';

/** Life of a mailed code, in seconds. */
const CODE_LIFE_SECONDS = 600;
/** Wrong tries that burn a code for the network that asked for it. */
const OWN_TRIES_MAX = 5;
/** Wrong tries of all other networks together after which only the network that asked for a code may use it. */
const FOREIGN_TRIES_MAX = 3;
/** How long a network that signed in to an address shares no limit with strangers, in days. */
export const NETWORK_KNOWN_DAYS = 90;

/** What a code is good for; a code of one purpose is never accepted for another. */
export type CodePurpose = 'sign_in';

/** How many codes may be sent. A client network never gets more than one in a minute for one address. */
export interface CodeLimits {
  /** For one address, to one client network. */
  readonly perAddressPerHour: number;
  /** For one address, to all networks together that did not sign in to it before. */
  readonly perAddressToStrangersPerHour: number;
  readonly perClientPerHour: number;
  readonly perMinute: number;
}

/** A counter that a sent code goes into. */
export interface CodeWindow {
  readonly bucket: string;
  readonly limit: number;
  readonly seconds: number;
  /** It does not count for a network that signed in to the address before. */
  readonly forStrangers?: true;
}

/** Who asks for a code or tries one: the address and the client network, as keyed hashes under each configured key, the first one first. */
export interface CodeAsker {
  readonly recipients: readonly Buffer[];
  readonly networks: readonly Buffer[];
}

/** A code as it is kept: nobody can read the address or the code from it. */
export interface NewCode extends CodeAsker {
  readonly id: string;
  readonly purpose: CodePurpose;
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

/** A try at the codes of an address. */
export interface CodeTry extends CodeAsker {
  readonly purpose: CodePurpose;
  /** Under each configured key, like the asker's hashes. */
  readonly codes: readonly Buffer[];
  readonly ownTriesMax: number;
  readonly foreignTriesMax: number;
}

/** What sending and checking codes need of the world. */
export interface VerificationPorts {
  /**
   * Keeps the code and counts it in windows (`counted`); or returns the seconds to wait, above 0, when one is used up.
   */
  record(code: NewCode): Promise<{ readonly waitSeconds: number; readonly counted: readonly string[] }>;
  /** Takes it all back: the code could not be put on its way. */
  withdraw(id: string, counted: readonly string[]): Promise<void>;
  send(mail: { id: string; to: string; code: string; lifeSeconds: number }): Promise<void>;
  /** Uses a code up, or counts a wrong try, in one step; returns the id of the code that was used. */
  use(attempt: CodeTry): Promise<string | undefined>;
  /** Lets a used code be used again. */
  reopen(id: string): Promise<void>;
  newId(): string;
}

/** A code that somebody presents for an address. */
export interface Redemption {
  readonly purpose: CodePurpose;
  readonly email: string;
  readonly code: string;
  readonly clientAddress: string;
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

  /** Mails a new code. Throws `TooManyCodes`, or what the queue throws when it is down; then nothing is counted. */
  async send(purpose: CodePurpose, email: string, clientAddress: string): Promise<void> {
    const code = newCode();
    const asker = this.#asker(email, clientAddress);
    const id = this.#ports.newId();
    const { waitSeconds, counted } = await this.#ports.record({
      ...asker,
      id,
      purpose,
      // Keyed, because six digits behind a plain hash are read off a list of a million.
      codeDigest: this.#vault.mac('verification-code', codeText(purpose, email, code)),
      lifeSeconds: CODE_LIFE_SECONDS,
      windows: this.#windows(asker),
    });
    if (waitSeconds > 0) throw new TooManyCodes(waitSeconds);
    try {
      await this.#ports.send({ id, to: email, code, lifeSeconds: CODE_LIFE_SECONDS });
    } catch (error) {
      await this.#ports.withdraw(id, counted);
      throw error;
    }
  }

  /**
   * Runs `work` if the code is right, and returns its result; `undefined` for a code that is wrong, used, burnt,
   * outdated, or was never sent. Where `work` fails for an outage the code is good again.
   */
  async redeem<T>(
    { purpose, email, code, clientAddress }: Redemption,
    work: () => Promise<T>,
    isOutage: (error: unknown) => boolean,
  ): Promise<T | undefined> {
    const id = await this.#ports.use({
      ...this.#asker(email, clientAddress),
      purpose,
      codes: this.#vault.macs('verification-code', codeText(purpose, email, code)),
      ownTriesMax: OWN_TRIES_MAX,
      foreignTriesMax: FOREIGN_TRIES_MAX,
    });
    if (id === undefined) return undefined;
    try {
      return await work();
    } catch (error) {
      if (isOutage(error)) await this.#ports.reopen(id);
      throw error;
    }
  }

  /** Under every key, so that what was mailed or known before the key was replaced is found. */
  #asker(email: string, clientAddress: string): CodeAsker {
    return {
      recipients: this.#vault.macs('verification-address', addressText('recipient', email)),
      networks: this.#vault.macs('verification-address', addressText('client', clientNetwork(clientAddress))),
    };
  }

  #windows({ recipients, networks }: CodeAsker): CodeWindow[] {
    const recipient = recipients[0]?.toString('hex') ?? '';
    const client = networks[0]?.toString('hex') ?? '';
    const { perAddressPerHour, perAddressToStrangersPerHour, perClientPerHour, perMinute } = this.#limits;
    return [
      { bucket: `recipient-minute:${recipient}:${client}`, limit: 1, seconds: 60 },
      { bucket: `recipient-hour:${recipient}:${client}`, limit: perAddressPerHour, seconds: 3_600 },
      {
        bucket: `strangers-hour:${recipient}`,
        limit: perAddressToStrangersPerHour,
        seconds: 3_600,
        forStrangers: true,
      },
      { bucket: `client-hour:${client}`, limit: perClientPerHour, seconds: 3_600 },
      { bucket: 'all-minute', limit: perMinute, seconds: 60 },
    ];
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
