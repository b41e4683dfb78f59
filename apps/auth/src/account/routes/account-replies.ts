import { AppError } from '@turnpike/service-kit';

/** The Account API's envelope around an answer. */
export function enveloped<T>(data: T): { success: true; data: T; error: null } {
  return { success: true, data, error: null };
}

/** A page of a list, as the Account API answers it. */
export function paged<T>(items: T[], total: number, { page, limit }: { page: number; limit: number }) {
  return { items, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
}

/** One and the same answer for a project that is another's and one that never was. */
export function projectNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'Project not found' });
}

/** One and the same answer for a key that is another's, of another project, and one that never was. */
export function keyNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'API key not found' });
}
