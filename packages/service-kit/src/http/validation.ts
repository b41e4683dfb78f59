import type { z } from 'zod';
import type { FieldError } from '@turnpike/contracts';
import { AppError } from './errors.ts';

/** Deepest nesting accepted in a JSON body. */
const DEPTH_MAX = 32;

/** Checks one part of a request against its schema. Collects every fault, so the caller reads all of them at once. */
export function checkPart(part: string, schema: z.ZodType | undefined, value: unknown, faults: FieldError[]): unknown {
  if (schema === undefined) return undefined;
  const unstorable = findUnstorable(value, part, 0);
  if (unstorable !== undefined) {
    faults.push(unstorable);
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    faults.push({ path: [part, ...issue.path].join('.'), message: issue.message });
  }
  return undefined;
}

/** Throws 422 with every collected fault. */
export function throwIfInvalid(faults: readonly FieldError[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new AppError('request.invalid', { detail: `${first.path}: ${first.message}`, errors: faults });
}

/** PostgreSQL's text cannot hold NUL, nor UTF-8 a lone surrogate: both are the caller's mistake, not a server error later. */
function findUnstorable(value: unknown, path: string, depth: number): FieldError | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') || !value.isWellFormed()
      ? { path, message: 'Contains characters that are not allowed' }
      : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= DEPTH_MAX) return { path, message: `Nested deeper than ${DEPTH_MAX} levels` };
  for (const key of Object.keys(value)) {
    const found =
      findUnstorable(key, path, depth + 1) ??
      findUnstorable((value as Record<string, unknown>)[key], `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
