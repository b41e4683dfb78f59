import { AppError } from '@turnpike/service-kit';

/** The code and constraint of a refused write, wherever Prisma and its adapter put them. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, meta, cause } = error as Error & { code?: unknown; meta?: unknown };
  return `${String(code)} ${error.message} ${JSON.stringify(meta ?? null)} ${textOf(cause)}`;
}

/** A write that the database refused, as the caller reads it; anything else is passed on as it was. */
export function asRefusal(error: unknown): unknown {
  const text = textOf(error);
  if (text.includes('this user was erased'))
    return new AppError('resource.gone', { detail: 'This user was erased', cause: error });
  if (text.startsWith('P2002'))
    return new AppError('resource.conflict', { detail: 'There is a moment at this path already', cause: error });
  return error;
}
