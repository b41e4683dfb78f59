/** A failure that its message explains completely, in one sentence for the person at the terminal. No stack is shown. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The code of a failure of Node or PostgreSQL, such as `ENOENT`. Asks for the member, not the class: each realm has its own `Error`. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** The message of a failure of any kind. */
export function errorMessage(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
