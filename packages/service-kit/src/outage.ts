/** Codes by which PostgreSQL, its drivers, Prisma and sockets say "not now", as opposed to "you asked wrongly". */
const OUTAGE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
  '53300',
  '53400',
  '57014',
  '57P01',
  '57P02',
  '57P03',
]);

/** Kinds of Prisma's driver-adapter errors that mean the same. */
const OUTAGE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
]);

const OUTAGE_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Stream isn't writeable|Connection is closed|Command timed out|max retries per request|the database system is/i;

/** How deep an error's causes are followed. */
const DEPTH_MAX = 6;

/**
 * Whether an error says that a store is away, full or too slow, so the answer is 503 and never the caller's fault. Follows `cause`,
 * because Prisma wraps its adapter's errors, which wrap the driver's.
 */
export function isStoreOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const { code, originalCode, kind, message, cause, meta } = error as Record<string, unknown>;
  for (const value of [code, originalCode]) {
    if (typeof value === 'string' && (OUTAGE_CODES.has(value) || /^08...$/.test(value))) return true;
  }
  if (typeof kind === 'string' && OUTAGE_KINDS.has(kind)) return true;
  if (typeof message === 'string' && OUTAGE_MESSAGES.test(message)) return true;
  const driver =
    typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['driverAdapterError'] : undefined;
  return isStoreOutage(cause, depth + 1) || isStoreOutage(driver, depth + 1);
}
