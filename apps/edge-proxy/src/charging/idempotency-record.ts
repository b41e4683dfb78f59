import { seal, unseal } from '@turnpike/service-kit';

const SEAL_PURPOSE = 'turnpike edge answer';

/** What became of a first request: it runs; it ended, and the ledger is to be told how; or it was answered. */
export type RecordKind = 'running' | 'ended' | 'answered';

/** What Redis holds under a client's key: who works on what, and, sealed, what came of it. */
export interface IdempotencyRecord {
  readonly kind: RecordKind;
  readonly attempt: string;
  readonly fingerprint: string;
  readonly sealed: Buffer;
}

/** Bytes of the parts before the sealed one: the kind's letter, a UUID, a SHA-256 in base64url. */
const KIND_BYTES = 1;
const ATTEMPT_BYTES = 36;
const FINGERPRINT_BYTES = 43;
const HEAD_BYTES = KIND_BYTES + ATTEMPT_BYTES + FINGERPRINT_BYTES;
/** Where the attempt stands, for scripts that read it (GETRANGE counts from 0 and takes the last byte in). */
export const ATTEMPT_RANGE = [KIND_BYTES, KIND_BYTES + ATTEMPT_BYTES - 1] as const;

const LETTERS: Record<RecordKind, string> = { running: 'r', ended: 'e', answered: 'a' };
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as RecordKind]));

/** The bytes of a record. What is sealed is not made longer by an encoding. */
export function encodeRecord({ kind, attempt, fingerprint, sealed }: IdempotencyRecord): Buffer {
  return Buffer.concat([Buffer.from(LETTERS[kind] + attempt + fingerprint, 'latin1'), sealed]);
}

/** The record; `undefined` for bytes that are none. */
export function decodeRecord(bytes: Buffer): IdempotencyRecord | undefined {
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  const kind = KINDS.get(head.slice(0, KIND_BYTES));
  if (kind === undefined || head.length < HEAD_BYTES) return undefined;
  const [from, to] = ATTEMPT_RANGE;
  return {
    kind,
    attempt: head.slice(from, to + 1),
    fingerprint: head.slice(to + 1),
    sealed: bytes.subarray(HEAD_BYTES),
  };
}

/** Seals a JSON value and bytes that belong to it. */
export function sealContent(secret: string, value: unknown, body: Buffer = Buffer.alloc(0)): Buffer {
  // JSON has no line feed of its own.
  return seal(secret, SEAL_PURPOSE, Buffer.concat([Buffer.from(`${JSON.stringify(value)}\n`), body]));
}

/** What `sealContent` sealed. Throws when the secret is another one or the bytes were changed. */
export function openContent(secret: string, sealed: Buffer): { readonly value: unknown; readonly body: Buffer } {
  const plain = unseal(secret, SEAL_PURPOSE, sealed);
  const end = plain.indexOf('\n');
  return { value: JSON.parse(plain.toString('utf8', 0, end)), body: plain.subarray(end + 1) };
}
