import { ConnectionError, TimeoutError, TurnpikeError } from '@turnpike/client';

/** What a screen says of a failure. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  /** Sentences by the field of the body that they are about. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Reads a failure of any kind. */
export function problemOf(error: unknown): Problem {
  if (error instanceof TurnpikeError) {
    const { status, detail, code, requestId, errors } = error;
    return {
      title: titleOf(status),
      detail,
      code,
      requestId,
      fields: Object.fromEntries(errors.map(({ path, message }) => [path.replace(/^body\./, ''), message])),
    };
  }
  const unreachable = error instanceof ConnectionError || error instanceof TimeoutError;
  return {
    title: unreachable ? 'No answer' : 'Something went wrong',
    detail: unreachable
      ? 'The console could not be reached. Check the connection, then try again.'
      : 'The page ran into something that it did not expect.',
    code: undefined,
    requestId: undefined,
    fields: {},
  };
}

/** Whether a failure has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof TurnpikeError && error.code === code;
}

/** Whether the session is over. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof TurnpikeError && error.status === 401;
}

function titleOf(status: number): string {
  if (status === 403) return 'This is not open to you';
  if (status === 404 || status === 410) return 'There is nothing here';
  if (status === 429) return 'Too many requests';
  if (status >= 500) return 'Not available at the moment';
  return 'That did not work';
}
