import { describe, expect, test } from '@jest/globals';
import { firstPartyEndpoints } from '../src/endpoints.ts';
import { signGatewayRequest, signGatewayRequestV2, verifyGatewaySignature } from '../src/index.ts';

describe('endpoints', () => {
  test('have ids and method–path pairs of their own', () => {
    const ids = firstPartyEndpoints.map((endpoint) => endpoint.id);
    const targets = firstPartyEndpoints.map(
      ({ method, path }) => `${method} ${path.replace(/:[a-z_]+/gi, ':').replace(/\/$/, '')}`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(targets).size).toBe(targets.length);
  });

  test('are hot only where a measurement said so (ADR 16)', () => {
    const hot = firstPartyEndpoints.filter((endpoint) => endpoint.hot).map(({ id }) => id);
    expect(hot.toSorted()).toEqual([
      'auth.introspect',
      'credits.extend',
      'credits.release',
      'credits.reserve',
      'credits.settle',
    ]);
  });

  test.each(firstPartyEndpoints.map((endpoint) => [endpoint.id, endpoint] as const))(
    '%s declares what its path needs',
    (_id, endpoint) => {
      const names = [...endpoint.path.matchAll(/:([a-z_]+)/gi)].map((match) => String(match[1]));
      expect(new Set(Object.keys(endpoint.params?.shape ?? {}))).toEqual(new Set(names));
      expect(Object.keys(endpoint.responses).length).toBeGreaterThan(0);
      if (endpoint.path.startsWith('/internal/')) expect(endpoint.access).toBe('service');
      const mayHaveRole =
        endpoint.access === 'tenant' || (endpoint.access === 'user' && endpoint.acceptsScoped === true);
      if (endpoint.access === 'tenant') expect(endpoint.minRole).toBeDefined();
      if (!mayHaveRole) expect(endpoint.minRole).toBeUndefined();
      if (endpoint.family === 'account') expect(endpoint.path).toMatch(/^\/auth\//);
    },
  );
});

describe('gateway signature', () => {
  const parts = { method: 'POST', path: '/api/v1/x', userId: 'u', timestamp: 1_700_000_000 };
  const signature = signGatewayRequest('new secret', parts);
  const check = (change: Partial<Parameters<typeof verifyGatewaySignature>[1]>, now = 1_700_000_000) =>
    verifyGatewaySignature(
      ['old secret', 'new secret'],
      { ...parts, timestamp: '1700000000', signature, ...change },
      now,
    );

  test('covers method, path, user and time', () => {
    expect(check({})).toBe('valid');
    for (const change of [{ method: 'GET' }, { path: '/api/v1/y' }, { userId: 'v' }, { timestamp: '1700000001' }])
      expect(check(change)).toBe('mismatch');
  });

  test('does not cover the organisation; the second one does, and decides wherever there is either', () => {
    const tenantId = 'o1';
    const signatureV2 = signGatewayRequestV2('new secret', { ...parts, tenantId });
    expect(check({ tenantId })).toBe('missing');
    expect(check({ tenantId, signatureV2 })).toBe('valid');
    expect(check({ tenantId: 'o2', signatureV2 })).toBe('mismatch');
    // Somebody on the way took the organisation away, and its signature not.
    expect(check({ signatureV2 })).toBe('mismatch');
    expect(check({ tenantId, signatureV2: signature })).toBe('malformed');
    for (const change of [{ method: 'GET' }, { path: '/api/v1/y' }, { userId: 'v' }, { timestamp: '1700000001' }])
      expect(check({ tenantId, signatureV2, ...change })).toBe('mismatch');
    expect(check({ tenantId, signatureV2 }, 1_700_000_301)).toBe('stale');
  });

  test('holds within 300 seconds either way', () => {
    expect([check({}, 1_700_000_300), check({}, 1_699_999_700)]).toEqual(['valid', 'valid']);
    expect([check({}, 1_700_000_301), check({}, 1_699_999_699)]).toEqual(['stale', 'stale']);
  });

  test('is refused without its parts or out of shape', () => {
    expect([check({ signature: undefined }), check({ timestamp: undefined })]).toEqual(['missing', 'missing']);
    expect([check({ signature: signature.toUpperCase() }), check({ timestamp: '1e9' })]).toEqual([
      'malformed',
      'malformed',
    ]);
  });
});
