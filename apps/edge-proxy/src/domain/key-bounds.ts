import ipaddr from 'ipaddr.js';
import type { KeyConstraints } from '@turnpike/contracts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What an API key may be used for: what the edge judges itself, and the whole for whoever judges the rest. */
export interface KeyBounds {
  /** The client addresses that may use the key; `undefined` where any may. */
  readonly addresses: readonly (readonly [Address, number])[] | undefined;
  /** All constraints as JSON, in visible ASCII. */
  readonly json: string;
}

/** The bounds that a key's constraints mean. */
export function keyBoundsOf(constraints: KeyConstraints): KeyBounds {
  return { addresses: constraints.allowed_ips?.map(rangeOf), json: JSON.stringify(constraints) };
}

/** Whether a client may use the key. One whose address is not known may not, where there is a list. */
export function mayUseFrom({ addresses }: KeyBounds, client: string): boolean {
  if (addresses === undefined) return true;
  if (!ipaddr.isValid(client)) return false;
  const address = ipaddr.process(client);
  return addresses.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
}

/** An IPv4 address that is written as an IPv6 one is the IPv4 address, as it is of clients. */
function rangeOf(text: string): readonly [Address, number] {
  const [written = '', bits] = text.split('/');
  const address = ipaddr.parse(written);
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  const length = bits === undefined ? address.toByteArray().length * 8 : Number(bits);
  return isMapped && length >= 96 ? [address.toIPv4Address(), length - 96] : [address, length];
}
