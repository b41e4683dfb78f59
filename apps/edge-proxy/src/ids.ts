import { randomBytes } from 'node:crypto';

/** Random bytes fetched at once; a call of the system for every request would cost more than all else that makes a trace id. */
const POOL_BYTES = 8_192;
/** The pool as hexadecimal text, of which pieces are cut: turning bytes into text for each would cost more. */
let pool = '';
let used = 0;

/** Random bytes as hexadecimal text. `bytes` is far below the size of the pool. */
export function randomHex(bytes: number): string {
  const characters = bytes * 2;
  if (used + characters > pool.length) {
    pool = randomBytes(POOL_BYTES).toString('hex');
    used = 0;
  }
  used += characters;
  return pool.slice(used - characters, used);
}

const VARIANTS = '89ab';
/** The last millisecond that an id was made in, and how ids of it begin: under load many are of one. */
let timeMs = 0;
let timeText = '';

/** A new request id: a UUID of version 7 (RFC 9562 §5.7), which sorts by time. */
export function newRequestId(): string {
  const nowMs = Date.now();
  if (nowMs !== timeMs) {
    const time = nowMs.toString(16).padStart(12, '0');
    timeMs = nowMs;
    timeText = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  const random = randomHex(10);
  const variant = VARIANTS[Number.parseInt(random.charAt(19), 16) % VARIANTS.length];
  return `${timeText}${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
