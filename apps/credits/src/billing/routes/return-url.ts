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
  const [first] = origins;
  if (given === undefined && first !== undefined) return first;
  if (given !== undefined && isOwn(origins, given)) return given;
  throw foreign(name);
}

/** Throws 422 for an address of no origin of ours, whether or not the call would use it; where no origins are configured nothing is sent anywhere. */
export function requireOwnOrigins(
  { PLATFORM_APP_ORIGINS: origins }: Pick<Config, 'PLATFORM_APP_ORIGINS'>,
  addresses: Readonly<Record<string, string | undefined>>,
): void {
  if (origins.length === 0) return;
  for (const [name, given] of Object.entries(addresses))
    if (given !== undefined && !isOwn(origins, given)) throw foreign(name);
}

function isOwn(origins: readonly string[], url: string): boolean {
  return origins.includes(new URL(url).origin);
}

function foreign(name: string): AppError {
  const message = 'Must be of an origin of PLATFORM_APP_ORIGINS';
  return new AppError('request.invalid', {
    detail: `body.${name}: ${message}`,
    errors: [{ path: `body.${name}`, message }],
  });
}
