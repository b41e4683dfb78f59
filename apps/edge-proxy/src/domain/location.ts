import type { ClientOrigin } from './client-address.ts';

const ABSOLUTE = /^(https?:)?\/\/[^/?#\\]+/i;

/**
 * A `Location` as the client may follow it: one that names an address of the upstream itself leads to the same place through the gateway,
 * at the origin the client called. Any other passes as it is.
 */
export function publicLocation(value: string, addresses: readonly string[], client: ClientOrigin): string {
  const match = ABSOLUTE.exec(value);
  if (match === null || !addresses.some((address) => isAt(match, address))) return value;
  const rest = value.slice(match[0].length);
  if (client.host !== '') return `${client.proto}://${client.host}${rest}`;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function isAt([authority, scheme]: RegExpExecArray, address: string): boolean {
  const own = new URL(address);
  return URL.parse(scheme === undefined ? own.protocol + authority : authority)?.origin === own.origin;
}
