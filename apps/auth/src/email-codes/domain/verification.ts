import { randomInt } from 'node:crypto';
import { CODE_DIGITS } from '@turnpike/contracts';
import { clientNetwork } from '@turnpike/service-kit';
import type { Vault } from '../../vault/domain/vault.ts';

/** Life of a mailed code, in seconds. */
const CODE_LIFE_SECONDS = { sign_in: 600, registration: 86_400, password_reset: 1_800 } as const;
/** Wrong tries that burn a code for the network that asked for it. */
const OWN_TRIES_MAX = 5;
/** Wrong tries of all other networks together after which only the network that asked for a code may use it. */
const FOREIGN_TRIES_MAX = 3;
/** How long a network that signed in to an address shares no limit with strangers, in days. */
export const NETWORK_KNOWN_DAYS = 90;

/** What a code is good for; a code of one purpose is never accepted for another. */
export type CodePurpose = keyof typeof CODE_LIFE_SECONDS;

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
  /** Uses a code up, or counts a wrong try, in one step; returns the id of the code that was used. */
  use(attempt: CodeTry): Promise<string | undefined>;
  /** Lets a used code be used again. */
  reopen(id: string): Promise<void>;
  newId(): string;
}

/** A code that somebody asks for. */
export interface CodeRequest {
  readonly purpose: CodePurpose;
  readonly email: string;
  readonly clientAddress: string;
  /** What else must be named to use the code. */
  readonly bound?: string;
}

/** A code on its way to its mail. */
export interface FreshCode {
  readonly id: string;
  readonly code: string;
  readonly lifeSeconds: number;
}

/** A code that somebody presents for an address. */
export interface Redemption extends CodeRequest {
  readonly code: string;
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

  /**
   * Makes a code, which `deliver` puts on its way. Throws `TooManyCodes`, or what `deliver` throws; then nothing is counted. A code replaces
   * the one of its purpose that the address and the client network had before.
   */
  async send(request: CodeRequest, deliver: (fresh: FreshCode) => Promise<void>): Promise<void> {
    const { purpose, email, clientAddress } = request;
    const code = newCode();
    const asker = this.askerOf(email, clientAddress);
    const id = this.#ports.newId();
    const lifeSeconds = CODE_LIFE_SECONDS[purpose];
    const { waitSeconds, counted } = await this.#ports.record({
      ...asker,
      id,
      purpose,
      // Keyed, because six digits behind a plain hash are read off a list of a million.
      codeDigest: this.#vault.mac('verification-code', codeText(request, code)),
      lifeSeconds,
      windows: this.#windows(purpose, asker),
    });
    if (waitSeconds > 0) throw new TooManyCodes(waitSeconds);
    try {
      await deliver({ id, code, lifeSeconds });
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
    redemption: Redemption,
    work: () => Promise<T>,
    isOutage: (error: unknown) => boolean,
  ): Promise<T | undefined> {
    const id = await this.#ports.use({
      ...this.askerOf(redemption.email, redemption.clientAddress),
      purpose: redemption.purpose,
      codes: this.#vault.macs('verification-code', codeText(redemption, redemption.code)),
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
  askerOf(email: string, clientAddress: string): CodeAsker {
    return {
      recipients: this.#vault.macs('verification-address', addressText('recipient', email)),
      networks: this.#vault.macs('verification-address', addressText('client', clientNetwork(clientAddress))),
    };
  }

  /** A minute is one for each purpose, since one thing often follows another; an hour is one for all. */
  #windows(purpose: CodePurpose, { recipients, networks }: CodeAsker): CodeWindow[] {
    const recipient = recipients[0]?.toString('hex') ?? '';
    const client = networks[0]?.toString('hex') ?? '';
    const { perAddressPerHour, perAddressToStrangersPerHour, perClientPerHour, perMinute } = this.#limits;
    return [
      { bucket: `recipient-minute:${purpose}:${recipient}:${client}`, limit: 1, seconds: 60 },
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

function codeText({ purpose, email, bound }: CodeRequest, code: string): Buffer {
  return Buffer.from([purpose, email, code, ...(bound === undefined ? [] : [bound])].join('\n'));
}

/** Six digits, each code equally likely. */
function newCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
}
