import { describe, expect, test } from '@jest/globals';
import { ROLES, type EndpointSpec, type Method, type Role } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Principal } from '../domain/principal.ts';
import { routeOf } from '../routing/first-party.ts';
import { admit } from './admit.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1e12;

const person: Principal = {
  userId: 'u1',
  tier: 'free',
  organisation: undefined,
  operator: undefined,
  limitSubject: 'u1',
  countedAs: 'user:u1',
  sessionId: 's1',
  shared: false,
  keyId: undefined,
  keyPrefix: undefined,
  projectId: undefined,
  scopes: ['*'],
  expiresAtMs: Number.POSITIVE_INFINITY,
  keyPerMinute: undefined,
  keyBounds: undefined,
};
const memberAs = (role: Role | undefined): Principal => ({
  ...person,
  organisation: { id: 'o1', role, env: 'prod', membershipId: 'm1' },
});
const key: Principal = { ...person, sessionId: undefined, keyId: 'k1', scopes: ['organisation:read'] };
const organisationKey: Principal = {
  ...key,
  organisation: { id: 'o1', role: undefined, env: 'prod', membershipId: undefined },
};

const endpoint = (facts: Pick<EndpointSpec, 'access'> & Partial<EndpointSpec>): EndpointSpec => ({
  id: 'platform.test',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/test',
  summary: '',
  responses: { 200: null },
  errors: [],
  ...facts,
});

function refusal(
  principal: Principal,
  facts: Parameters<typeof endpoint>[0],
  method: Method = 'POST',
): string | undefined {
  try {
    admit(principal, routeOf(endpoint({ ...facts, method })), NOW_MS);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('a route within an organisation', () => {
  test.each(ROLES)('that needs %s is open to it and to the roles above', (minRole) => {
    const admitted = ROLES.filter((role) => refusal(memberAs(role), { access: 'tenant', minRole }) === undefined);
    expect(admitted).toEqual(ROLES.slice(ROLES.indexOf(minRole)));
    expect(refusal(memberAs(undefined), { access: 'tenant', minRole })).toBe('tenant.role_insufficient');
  });

  test('needs one that was selected', () => {
    expect(refusal(person, { access: 'tenant', minRole: 'viewer' })).toBe('tenant.not_selected');
    expect(refusal(key, { access: 'tenant', minRole: 'viewer', scope: 'organisation:read' })).toBe(
      'tenant.not_selected',
    );
  });

  test("is open to the organisation's keys with its scope, and to no key where it names none", () => {
    expect(refusal(organisationKey, { access: 'tenant', minRole: 'viewer', scope: 'organisation:read' })).toBe(
      undefined,
    );
    expect(refusal(organisationKey, { access: 'tenant', minRole: 'viewer', scope: 'keys:write' })).toBe(
      'auth.scope_missing',
    );
    expect(refusal(organisationKey, { access: 'tenant', minRole: 'viewer' })).toBe('auth.scope_missing');
  });
});

test('a route about the person takes a token of an organisation only where it says so', () => {
  expect(refusal(memberAs('owner'), { access: 'user' })).toBe('auth.forbidden');
  expect(refusal(memberAs('viewer'), { access: 'user', acceptsScoped: true })).toBe(undefined);
  expect(refusal(person, { access: 'user' })).toBe(undefined);
});

describe('a route for operators', () => {
  const operator = (role: 'viewer' | 'support' | 'admin', hours: number): Principal => ({
    ...person,
    operator: { role, signedInAtMs: NOW_MS - hours * HOUR_MS },
  });

  test.each<[string, Principal, Method, string | undefined]>([
    ['nobody else', person, 'GET', 'auth.forbidden'],
    ['an owner of an organisation', memberAs('owner'), 'GET', 'auth.forbidden'],
    ['a key of an operator', { ...operator('admin', 1), keyId: 'k1' }, 'GET', 'auth.scope_missing'],
    ['a viewer who reads', operator('viewer', 100), 'GET', undefined],
    ['a viewer who acts', operator('viewer', 1), 'PUT', 'auth.forbidden'],
    ['an admin who acts', operator('admin', 11), 'PUT', undefined],
    ['an admin who signed in too long ago', operator('admin', 13), 'PUT', 'auth.reauthentication_required'],
  ])('%s', (_who, principal, method, code) => {
    expect(refusal(principal, { access: 'platform_admin' }, method)).toBe(code);
  });

  test.each<[string, Principal, string | undefined]>([
    ['a viewer', operator('viewer', 0), 'auth.forbidden'],
    ['support', operator('support', 0), undefined],
    ['an admin', operator('admin', 11), undefined],
  ])('that is open to support: %s', (_who, principal, code) => {
    expect(refusal(principal, { access: 'platform_admin', operatorRole: 'support' })).toBe(code);
  });

  test.each([
    [0.2, undefined],
    [0.3, 'auth.reauthentication_required'],
  ])('whose act is risky, with a session %d hours old', (hours, code) => {
    expect(refusal(operator('admin', hours), { access: 'platform_admin', risky: true })).toBe(code);
    expect(refusal(operator('admin', hours), { access: 'platform_admin', risky: true }, 'GET')).toBe(undefined);
  });
});
