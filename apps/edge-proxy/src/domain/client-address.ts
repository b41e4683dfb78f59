import ipaddr from 'ipaddr.js';
import { hopsOf, type ForwardingHeader, type ForwardingHeaders } from './forwarded.ts';

/** Where a request really came from, as far as the edge can know. */
export interface ClientOrigin {
  readonly address: string;
  readonly proto: string;
  readonly host: string;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Peers whose address and trust are remembered. */
const PEERS_MAX = 4_096;
const HOST = /^[A-Za-z0-9.\-_:[\]]{1,255}$/;

/**
 * Finds the client behind trusted proxies: the one forwarding header that they write is read from the right, up to the
 * first hop that no trusted proxy vouched for. Protocol and host are those of the hop that the address was taken from.
 */
export class ClientAddresses {
  readonly #trusted: readonly Range[];
  readonly #believed: ForwardingHeader;
  readonly #known = new Map<string, boolean>();
  readonly #peers = new Map<string, string>();

  /** `trusted` holds addresses and CIDR ranges, `believed` names the header they write. Throws an `Error` naming one that is neither. */
  constructor(trusted: readonly string[], believed: ForwardingHeader = 'x-forwarded') {
    this.#trusted = trusted.map(parseRange);
    this.#believed = believed;
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

  /** `peer` is the socket's remote address, `secure` whether the connection to the edge is TLS, `host` the request's own. */
  originOf(peer: string | undefined, secure: boolean, host: string, headers: ForwardingHeaders): ClientOrigin {
    const address = this.peer(peer);
    const direct = { address, proto: secure ? 'https' : 'http', host };
    if (this.#trusted.length === 0 || !this.#trusts(address)) return direct;
    const hops = hopsOf(this.#believed, headers);
    const client = this.#clientOf(hops.addresses, address);
    const proto = atHop(hops.protos, client.hop)?.toLowerCase();
    const named = atHop(hops.hosts, client.hop);
    return {
      address: client.address,
      proto: proto === 'http' || proto === 'https' ? proto : direct.proto,
      host: named !== undefined && HOST.test(named) ? named : direct.host,
    };
  }

  /** The same origin with the address that its sender, who is known otherwise, wrote last into `X-Forwarded-For`. */
  vouchedFor(origin: ClientOrigin, forwardedFor: string | undefined): ClientOrigin {
    const address = plainAddress(forwardedFor?.split(',').at(-1)?.trim() ?? '');
    return address === undefined ? origin : { ...origin, address };
  }

  /** The client's address as far as it was vouched for, and the hop whose header said so, counted from the nearest, 0. */
  #clientOf(hops: readonly string[], peer: string): { readonly address: string; readonly hop: number } {
    let address = peer;
    for (const [hop, text] of hops.entries()) {
      const named = plainAddress(text);
      if (named === undefined) return { address, hop };
      address = named;
      if (!this.#trusts(address)) return { address, hop };
    }
    return { address, hop: Math.max(0, hops.length - 1) };
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

/** What was said at a hop. A shorter list is one that not every proxy adds to, and its farthest entry then says it for all behind. */
function atHop(list: readonly string[], hop: number): string | undefined {
  return list[hop] ?? list.at(-1);
}
