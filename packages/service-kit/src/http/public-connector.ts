import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

/** An address that somebody who is not the operator named, and that is not for them to reach. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  constructor(host: string) {
    super(`${host} is not a public address`);
  }
}

/** Whether an address is one of the public internet: no private network, no loopback, no link, no translation to one of these. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** Whether a URL is at an address that is not public. A name is not looked up: what it leads to is judged at connection. URLs spell out what is written otherwise (`0x7f.1`). */
export function namesPrivateAddress(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/**
 * Connects as undici does, and to public addresses only: what a name leads to is judged when the connection is made, so that a name which leads
 * elsewhere a moment later gains nothing. Fails with `AddressRefused`. For an `Agent` or `Pool` as `connect`.
 *
 * @param timeoutMs for the connection, in milliseconds
 */
export function publicConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, lookup: publicLookup });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // An address is not looked up.
    if (isIP(host) !== 0 && !isPublicAddress(host)) callback(new AddressRefused(host), null);
    else connect(options, callback);
  };
}

/** How a name is resolved: as `lookup` of `node:dns` does when it is asked for all addresses. */
export type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** For agents of `node:http`: resolves a name by `resolve`, and refuses it where one of its addresses is not public. */
export function publicLookupBy(resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const [first] = error === null ? addresses : [];
      if (error !== null || first === undefined) callback(error ?? new AddressRefused(host), '');
      else if (!addresses.every(({ address }) => isPublicAddress(address))) callback(new AddressRefused(host), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The same by the resolver of the machine. */
export const publicLookup: LookupFunction = publicLookupBy(lookup);
