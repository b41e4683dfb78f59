/** SQLSTATE codes that a migrator meets; PostgreSQL, appendix A. */
const DUPLICATE_DATABASE = '42P04';
const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const INSUFFICIENT_PRIVILEGE = '42501';
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';
const CANNOT_CONNECT_NOW = '57P03';
const PROTOCOL_VIOLATION = '08P01';

/** Somebody else has just made the same database or role: found in time, or when two sessions raced to the catalogue's row. */
export function isDuplicate(error: unknown): boolean {
  const code = codeOf(error);
  return code === DUPLICATE_DATABASE || code === DUPLICATE_OBJECT || code === UNIQUE_VIOLATION;
}

/** The login in use may not do this. */
export function isForbidden(error: unknown): boolean {
  return codeOf(error) === INSUFFICIENT_PRIVILEGE;
}

/** Nobody may log in with this name and password. */
export function isLoginRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === INVALID_PASSWORD || code === INVALID_AUTHORIZATION;
}

/** Refused while nothing listens yet, or while the server recovers. */
export function isStillStarting(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ECONNREFUSED' || code === CANNOT_CONNECT_NOW;
}

/** A pooler refuses what a connection asks for of the server (`unsupported startup parameter: options`). */
export function isSettingRefused(error: unknown): boolean {
  return codeOf(error) === PROTOCOL_VIOLATION && /startup parameter/.test(String(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
