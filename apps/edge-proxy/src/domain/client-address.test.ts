import { describe, expect, test } from '@jest/globals';
import { ClientAddresses, limitedAddress, type ForwardingHeaders } from './client-address.ts';

const said = (headers: Partial<ForwardingHeaders>): ForwardingHeaders => ({
  forwardedFor: undefined,
  forwarded: undefined,
  forwardedProto: undefined,
  forwardedHost: undefined,
  host: 'edge.example',
  ...headers,
});

describe('a peer that is not trusted', () => {
  test('cannot name another address, protocol or host', () => {
    const headers = said({
      forwardedFor: '1.2.3.4',
      forwarded: 'for=1.2.3.4',
      forwardedProto: 'https',
      forwardedHost: 'evil.example',
    });
    const direct = { address: '9.9.9.9', proto: 'http', host: 'edge.example' };
    expect(new ClientAddresses([]).originOf('9.9.9.9', false, headers)).toEqual(direct);
    expect(new ClientAddresses(['10.0.0.0/8']).originOf('::ffff:9.9.9.9', false, headers)).toEqual(direct);
  });
});

describe('behind trusted proxies', () => {
  const addresses = new ClientAddresses(['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']);
  test.each([
    ['one proxy', '203.0.113.7', '203.0.113.7'],
    ['a forged entry on the left is hearsay', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['a chain of trusted proxies', '203.0.113.7, 10.1.1.1, 10.2.2.2', '203.0.113.7'],
    ['only trusted hops: the farthest', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['with a port', '203.0.113.7:4711', '203.0.113.7'],
    ['IPv6 with brackets and port', '[2a00::1]:443', '2a00::1'],
    ['IPv4 in IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['unreadable: the last hop that was vouched for', 'unknown', '10.0.0.1'],
    ['unreadable left of a proxy', 'unknown, 10.1.1.1', '10.1.1.1'],
    ['decimal and octal spellings are no addresses', '0313.0.0161.7', '10.0.0.1'],
  ])('%s', (_name, forwardedFor, address) => {
    expect(addresses.originOf('10.0.0.1', false, said({ forwardedFor })).address).toBe(address);
  });

  test('Forwarded is read when X-Forwarded-For is absent', () => {
    const forwarded = 'for=1.1.1.1, for="[2a00::1]:8080";proto=https;host="api.example"';
    expect(addresses.originOf('127.0.0.1', false, said({ forwarded }))).toEqual({
      address: '2a00::1',
      proto: 'https',
      host: 'api.example',
    });
    expect(addresses.originOf('127.0.0.1', false, said({ forwarded, forwardedFor: '203.0.113.7' })).address).toBe(
      '203.0.113.7',
    );
  });

  test('protocol and host are taken over when they are plausible', () => {
    const origin = addresses.originOf(
      '10.0.0.1',
      false,
      said({ forwardedFor: '2.2.2.2', forwardedProto: 'https', forwardedHost: 'api.example' }),
    );
    expect(origin).toEqual({ address: '2.2.2.2', proto: 'https', host: 'api.example' });
    const odd = addresses.originOf('10.0.0.1', true, said({ forwardedProto: 'gopher', forwardedHost: 'a b' }));
    expect(odd).toEqual({ address: '10.0.0.1', proto: 'https', host: 'edge.example' });
  });
});

test.each(['10.0.0.0/33', 'proxy.internal', ''])('"%s" is no range', (range) => {
  expect(() => new ClientAddresses([range])).toThrow(/neither an IP address nor a CIDR range/);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2a00:1:2:3:4:5:6:7', '2a00:1:2:3::/64'],
  ['2a00:1:2:3::1', '2a00:1:2:3::/64'],
  ['unknown', 'unknown'],
])('%s is limited as %s', (address, limited) => {
  expect(limitedAddress(address)).toBe(limited);
});
