import { BlockList, isIP } from 'node:net';

/** Where an upstream is, without telling its address. `name`: a host name, which may lead anywhere. */
export type AddressClass = 'loopback' | 'private' | 'public' | 'name';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 §2.5.6. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** The class of an origin such as `http://10.0.0.4:8080`. */
export function addressClassOf(origin: string): AddressClass {
  const host = new URL(origin).hostname.replaceAll(/^\[|\]$/g, '');
  const version = isIP(host);
  if (version === 0) return host === 'localhost' ? 'loopback' : 'name';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (LOOPBACK.check(host, family)) return 'loopback';
  return PRIVATE.check(host, family) ? 'private' : 'public';
}
