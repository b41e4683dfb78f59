/** Codes by which drivers, Prisma and sockets say "not now", as opposed to "you asked wrongly". */
const OUTAGE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);

/**
 * SQLSTATEs that say the same (PostgreSQL, appendix A): of connections, resources, operator intervention and the system; a server that
 * became a replica (25006), and what two transactions that met may be answered (40001, 40P01, 55P03).
 */
const OUTAGE_STATES = /^(?:(?:08|53|57|58)[0-9A-Z]{3}|25006|40001|40P01|55P03)$/;

/** Kinds of Prisma's driver-adapter errors that mean the same; a login that is refused is one of ours, never the caller's. */
const OUTAGE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'TlsConnectionError',
]);

const OUTAGE_MESSAGES = new RegExp(
  [
    'timeout exceeded when trying to connect',
    'Connection terminated',
    'connection error and is not queryable',
    'Query read timeout',
    'the database system is',
    "Stream isn't writeable",
    'Connection is closed',
    'Command timed out',
    'Socket timeout',
    'max retries per request',
    'max number of clients reached',
    'Failed to refresh slots cache',
    'None of startup nodes is available',
    'All sentinels are unreachable',
  ].join('|'),
  'i',
);

/**
 * Words with which Redis refuses a command for its own state: full, a replica, not saved, reading its data back, without its cluster, its
 * master or its replicas, moved, busy, or guarded by a password that we lack. At the start of a reply, or inside that of a script.
 */
const REDIS_REFUSALS =
  /(?:^|[:-] ?)(?:OOM|READONLY|MISCONF|LOADING|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM|DENIED|TRYAGAIN|MOVED|ASK|BUSY|UNBLOCKED|IOERR) /;

/** A store that is down, full or too slow, where its client has no code that says so. The cause is the client's own error. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';

  constructor(store: string, options: ErrorOptions) {
    super(`${store} is unavailable`, options);
  }
}

/** How deep an error's causes are followed. */
const DEPTH_MAX = 6;

/**
 * Whether an error says that a store is down, full or too slow, so the answer is 503 and never the caller's fault. Follows `cause`,
 * because Prisma wraps its adapter's errors, which wrap the driver's.
 */
export function isStoreOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  if (error instanceof StoreUnavailableError) return true;
  const { code, originalCode, kind, message, cause, meta, previousErrors } = error as Record<string, unknown>;
  for (const value of [code, originalCode]) {
    if (typeof value === 'string' && (OUTAGE_CODES.has(value) || OUTAGE_STATES.test(value))) return true;
  }
  if (typeof kind === 'string' && OUTAGE_KINDS.has(kind)) return true;
  if (typeof message === 'string' && (OUTAGE_MESSAGES.test(message) || REDIS_REFUSALS.test(message))) return true;
  const driver =
    typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['driverAdapterError'] : undefined;
  // Redis says why it discards a transaction in the replies to its commands.
  const inner = [cause, driver, ...(Array.isArray(previousErrors) ? (previousErrors as unknown[]) : [])];
  return inner.some((each) => isStoreOutage(each, depth + 1));
}
