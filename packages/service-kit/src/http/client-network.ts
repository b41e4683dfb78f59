import ipaddr from 'ipaddr.js';

/**
 * What counts as one client: an IPv4 address, or the /64 that an IPv6 customer usually has to themselves (RFC 6177). What is no address
 * stands for itself.
 */
export function clientNetwork(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const prefix = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
