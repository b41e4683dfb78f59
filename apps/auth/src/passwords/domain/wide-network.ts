/**
 * The network that counts as one stranger: of an IPv4 address its /24, of an IPv6 /64 the /56 around it, which one customer may have.
 * Takes what `clientNetwork` gives.
 */
export function wideNetwork(network: string): string {
  if (!network.includes(':')) return network.replace(/\.\d+$/, '.0/24');
  const groups = network.split('::', 1)[0]?.split(':') ?? [];
  const fourth = Number.parseInt(groups[3] ?? '0', 16) & 0xff00;
  return `${[...groups.slice(0, 3), fourth.toString(16)].join(':')}::/56`;
}
