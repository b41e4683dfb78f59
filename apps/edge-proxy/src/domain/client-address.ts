import ipaddr from 'ipaddr.js';

/** Where a request really came from, as far as the edge can know. */
export interface ClientOrigin {
  readonly address: string;
  readonly proto: string;
  readonly host: string;
}

/** What a request says of its own way here. */
export interface ForwardingHeaders {
  readonly forwardedFor: string | undefined;
  readonly forwarded: string | undefined;
  readonly forwardedProto: string | undefined;
  readonly forwardedHost: string | undefined;
  readonly host: string;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Most hops read from a forwarding header; longer lists are forged or looping. */
const HOPS_MAX = 32;
/** Peers whose address and trust are remembered. */
const PEERS_MAX = 4_096;
const HOST = /^[A-Za-z0-9.\-_:[\]]{1,255}$/;

/**
 * Finds the client behind trusted proxies. Forwarding headers count only when the peer itself is trusted, and then only as far back as
 * the last hop a trusted proxy vouched for: lists are read from the right, and everything left of the first stranger is hearsay.
 */
export class ClientAddresses {
  readonly #trusted: readonly Range[];
  readonly #known = new Map<string, boolean>();
  readonly #peers = new Map<string, string>();

  /** `trusted` holds addresses and CIDR ranges. Throws an `Error` naming one that is neither. */
  constructor(trusted: readonly string[]) {
    this.#trusted = trusted.map(parseRange);
  }

  /** A socket's remote address in its usual form. */
  peer(remoteAddress = ''): string {
    const known = this.#peers.get(remoteAddress);
    if (known !== undefined) return known;
    const address = plainAddress(remoteAddress) ?? 'unknown';
    if (this.#peers.size >= PEERS_MAX) this.#peers.clear();
    this.#peers.set(remoteAddress, address);
    return address;
  }

  /** `peer` is the socket's remote address, `secure` whether the connection to the edge is TLS. */
  originOf(peer: string | undefined, secure: boolean, headers: ForwardingHeaders): ClientOrigin {
    const address = this.peer(peer);
    const direct = { address, proto: secure ? 'https' : 'http', host: headers.host };
    if (this.#trusted.length === 0 || !this.#trusts(address)) return direct;
    const elements = forwardedElements(headers.forwarded);
    const hops =
      headers.forwardedFor === undefined
        ? elements.map((element) => element.get('for') ?? '')
        : headers.forwardedFor.split(',');
    const nearest = elements.at(-1);
    const proto = (headers.forwardedProto ?? nearest?.get('proto') ?? '').split(',', 1)[0]?.trim().toLowerCase();
    const host = (headers.forwardedHost ?? nearest?.get('host') ?? '').split(',', 1)[0]?.trim() ?? '';
    return {
      address: this.#firstStranger(hops, address),
      proto: proto === 'http' || proto === 'https' ? proto : direct.proto,
      host: HOST.test(host) ? host : direct.host,
    };
  }

  #firstStranger(hops: readonly string[], peer: string): string {
    let client = peer;
    for (const hop of hops.slice(-HOPS_MAX).toReversed()) {
      const address = plainAddress(hop.trim());
      if (address === undefined) return client;
      client = address;
      if (!this.#trusts(address)) return client;
    }
    return client;
  }

  #trusts(address: string): boolean {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const parsed = ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
    const trusted =
      parsed !== undefined &&
      this.#trusted.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
    if (this.#known.size >= PEERS_MAX) this.#known.clear();
    this.#known.set(address, trusted);
    return trusted;
  }
}

function parseRange(text: string): Range {
  if (!text.includes('/') && ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  if (!ipaddr.isValidCIDR(text)) throw new Error(`${text} is neither an IP address nor a CIDR range`);
  return ipaddr.parseCIDR(text);
}

/** An address in its usual form, without port, brackets or the IPv4-in-IPv6 prefix; `undefined` where it is none. */
function plainAddress(text: string): string | undefined {
  const unquoted = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  const bare =
    /^\[(?<v6>[^\]]+)\](?::\d{1,5})?$/.exec(unquoted)?.groups?.['v6'] ??
    unquoted.replace(/^(?<v4>\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$<v4>');
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare;
  return bare.includes(':') && ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : undefined;
}

/** The elements of a `Forwarded` header (RFC 7239 §4), each as its parameters by lower-case name. */
function forwardedElements(header: string | undefined): Map<string, string>[] {
  if (header === undefined) return [];
  return header.split(',').map((element) => {
    const pairs = element.split(';').map((pair) => pair.trim().split('='));
    return new Map(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')]));
  });
}

/**
 * The address as limits count it. One IPv6 customer usually holds a whole /64 (RFC 6177), so that is counted as one client.
 */
export function limitedAddress(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
