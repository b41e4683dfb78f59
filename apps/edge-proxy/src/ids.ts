import { randomFillSync } from 'node:crypto';

/** Random bytes fetched at once; a call of the system for every request would cost more than all else that makes a trace id. */
const POOL_BYTES = 8_192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes as hexadecimal text. `bytes` is far below the size of the pool. */
export function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

const VARIANTS = '89ab';

/** A new request id: a UUID of version 7 (RFC 9562 §5.7), which sorts by time. */
export function newRequestId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomHex(10);
  const variant = VARIANTS[Number.parseInt(random.charAt(19), 16) % VARIANTS.length];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
