import type { z } from 'zod';
import { AppError } from '@turnpike/service-kit';

/** The body in its form; throws 422 with the fields at fault. */
export function parsed<T extends z.ZodType>(form: T, body: unknown): z.output<T> {
  const read = form.safeParse(body);
  if (read.success) return read.data;
  const errors = read.error.issues.map(({ path, message }) => ({ path: ['body', ...path].join('.'), message }));
  throw new AppError('request.invalid', { detail: 'The body is not as it should be.', errors });
}
