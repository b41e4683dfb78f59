import { describe, expect, test } from '@jest/globals';
import { ClientAddresses, type ClientOrigin } from './client-address.ts';
import type { ForwardingHeaders } from './forwarded.ts';

const PROXIES = ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1'];

const origin = (addresses: ClientAddresses, peer: string, headers: Partial<ForwardingHeaders>): ClientOrigin =>
  addresses.originOf(peer, false, 'edge.example', {
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    forwarded: undefined,
    ...headers,
  });

describe('a peer that is not trusted', () => {
  test.each(['x-forwarded', 'forwarded'] as const)('cannot name another address, protocol or host by %s', (header) => {
    const headers = {
      forwardedFor: '1.2.3.4',
      forwarded: 'for=1.2.3.4;proto=https;host=evil.example',
      forwardedProto: 'https',
      forwardedHost: 'evil.example',
    };
    const direct = { address: '9.9.9.9', proto: 'http', host: 'edge.example' };
    expect(origin(new ClientAddresses([], header), '9.9.9.9', headers)).toEqual(direct);
    expect(origin(new ClientAddresses(['10.0.0.0/8'], header), '::ffff:9.9.9.9', headers)).toEqual(direct);
  });
});

describe('behind proxies that write X-Forwarded-*', () => {
  const addresses = new ClientAddresses(PROXIES);
  test.each([
    ['one proxy', '203.0.113.7', '203.0.113.7'],
    ['a forged entry on the left is not believed', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['a chain of trusted proxies', '203.0.113.7, 10.1.1.1, 10.2.2.2', '203.0.113.7'],
    ['only trusted hops: the farthest', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['with a port', '203.0.113.7:4711', '203.0.113.7'],
    ['IPv6 with brackets and port', '[2a00::1]:443', '2a00::1'],
    ['IPv4 in IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['unreadable: the last hop that was vouched for', 'unknown', '10.0.0.1'],
    ['unreadable left of a proxy', 'unknown, 10.1.1.1', '10.1.1.1'],
    ['decimal and octal spellings are no addresses', '0313.0.0161.7', '10.0.0.1'],
    ['a quote left open by a stranger', '", 203.0.113.7', '203.0.113.7'],
  ])('%s', (_name, forwardedFor, address) => {
    expect(origin(addresses, '10.0.0.1', { forwardedFor }).address).toBe(address);
  });

  test.each([
    ['one proxy', '2.2.2.2', 'https', 'api.example', 'https', 'api.example'],
    [
      'a forged entry on the left',
      '1.1.1.1, 2.2.2.2',
      'http, https',
      'evil.example, api.example',
      'https',
      'api.example',
    ],
    ['forged without a forged address', '2.2.2.2', 'http, https', 'evil.example,api.example', 'https', 'api.example'],
    [
      'a chain: what the first proxy saw',
      '1.1.1.1, 2.2.2.2, 10.1.1.1',
      'gopher, https, http',
      'evil.example, api.example, inside.example',
      'https',
      'api.example',
    ],
    ['a chain of which the first alone says it', '2.2.2.2, 10.1.1.1', 'https', 'api.example', 'https', 'api.example'],
    ['implausible', '2.2.2.2', 'gopher', 'a b', 'http', 'edge.example'],
  ])('protocol and host come from the hop that the address comes from: %s', (_name, ...said) => {
    const [forwardedFor, forwardedProto, forwardedHost, proto, host] = said;
    expect(origin(addresses, '10.0.0.1', { forwardedFor, forwardedProto, forwardedHost })).toEqual({
      address: '2.2.2.2',
      proto,
      host,
    });
  });

  test('Forwarded is a stranger’s', () => {
    const forwarded = 'for=1.1.1.1;proto=https;host=evil.example';
    const direct = { address: '10.0.0.1', proto: 'http', host: 'edge.example' };
    expect(origin(addresses, '10.0.0.1', { forwarded })).toEqual(direct);
    expect(origin(addresses, '10.0.0.1', { forwarded, forwardedFor: '2.2.2.2' })).toEqual({
      ...direct,
      address: '2.2.2.2',
    });
  });
});

describe('behind proxies that write Forwarded', () => {
  const addresses = new ClientAddresses(PROXIES, 'forwarded');
  const api = { address: '2a00::1', proto: 'https', host: 'api.example' };
  const direct = { address: '127.0.0.1', proto: 'http', host: 'edge.example' };
  test.each<[string, string, ClientOrigin]>([
    ['one proxy', 'for="[2a00::1]:8080";proto=https;host="api.example"', api],
    ['names in any case, with spaces', 'FOR="[2a00::1]" ; Proto=HTTPS ; Host=api.example', api],
    [
      'a forged element on the left',
      'for=1.1.1.1;host=evil.example, for="[2a00::1]";proto=https;host=api.example',
      api,
    ],
    ['a quote left open on the left', 'for="1.1.1.1, for="[2a00::1]";proto=https;host=api.example', api],
    ['a chain', 'for="[2a00::1]";proto=https;host=api.example, for=10.1.1.1;proto=http;host=inside', api],
    ['a hidden client: what its proxy saw of it', 'for=_hidden;proto=https', { ...direct, proto: 'https' }],
    [
      'separators inside a quoted host are no separators',
      'for="[2a00::1]";proto=https;host="x,for=1.1.1.1;proto=http"',
      { ...api, host: 'edge.example' },
    ],
    ['escaped quotes', 'for="[2a00::1]";proto=https;host="a\\",for=1.1.1.1;b=\\""', { ...api, host: 'edge.example' }],
    ['a name given twice', 'for=1.1.1.1;for=2.2.2.2;proto=https', direct],
    ['nothing of use', ';,=;;', direct],
  ])('%s', (_name, forwarded, expected) => {
    expect(origin(addresses, '127.0.0.1', { forwarded })).toEqual(expected);
  });

  test('X-Forwarded-* are a stranger’s', () => {
    const headers = { forwardedFor: '1.1.1.1', forwardedProto: 'https', forwardedHost: 'evil.example' };
    expect(origin(addresses, '127.0.0.1', headers)).toEqual(direct);
  });

  test('no length of a header takes long to read', () => {
    const forwarded = ',";\\'.repeat(4_000);
    expect(origin(addresses, '127.0.0.1', { forwarded })).toEqual(direct);
  });
});

test.each(['10.0.0.0/33', 'proxy.internal', ''])('"%s" is no range', (range) => {
  expect(() => new ClientAddresses([range])).toThrow(/neither an IP address nor a CIDR range/);
});
