import { AppError } from '@turnpike/service-kit';
import type { Config } from '../../config.ts';

/**
 * Where a browser is sent back to: the address that a request names, of one of our origins, else the first of those. Throws 422 for any other, which
 * would make our payment page lead anywhere.
 */
export function returnUrl(
  { PLATFORM_APP_ORIGINS: origins }: Pick<Config, 'PLATFORM_APP_ORIGINS'>,
  name: string,
  given: string | undefined,
): string {
  if (given !== undefined && origins.includes(new URL(given).origin)) return given;
  const [first] = origins;
  if (given === undefined && first !== undefined) return first;
  const message = 'Must be of an origin of PLATFORM_APP_ORIGINS';
  throw new AppError('request.invalid', {
    detail: `body.${name}: ${message}`,
    errors: [{ path: `body.${name}`, message }],
  });
}
