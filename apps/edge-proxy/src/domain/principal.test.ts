import { describe, expect, test } from '@jest/globals';
import type { Notice } from './notice.ts';
import { ANONYMOUS, isEndedBy, type Caller, type Principal } from './principal.ts';

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
const member: Principal = {
  ...person,
  organisation: { id: 'o1', role: 'member', env: 'prod', membershipId: 'm1' },
};
const key: Principal = { ...person, sessionId: undefined, keyId: 'k1' };
const organisationKey: Principal = {
  ...key,
  organisation: { id: 'o1', role: undefined, env: 'prod', membershipId: undefined },
};
const CALLERS = {
  person: { kind: 'user', principal: person },
  member: { kind: 'user', principal: member },
  key: { kind: 'user', principal: key },
  organisationKey: { kind: 'user', principal: organisationKey },
  actingService: { kind: 'service', name: 'shop', actingFor: 'u1', tier: 'free' },
  service: { kind: 'service', name: 'shop', actingFor: undefined, tier: undefined },
  admin: { kind: 'admin' },
  anonymous: ANONYMOUS,
} as const satisfies Record<string, Caller>;

describe('a notice ends the access of exactly those it is about', () => {
  test.each<[Notice, (keyof typeof CALLERS)[]]>([
    [{ kind: 'session', id: 's1' }, ['person', 'member']],
    [{ kind: 'key', id: 'k1' }, ['key', 'organisationKey']],
    [{ kind: 'principal', id: 'u1' }, ['person', 'member', 'key', 'organisationKey', 'actingService']],
    [{ kind: 'sessions_of', id: 'u1' }, ['person', 'member']],
    [{ kind: 'tenant', id: 'o1' }, ['member', 'organisationKey']],
    [{ kind: 'membership', id: 'm1' }, ['member']],
    [{ kind: 'account', id: 'u1' }, []],
    [{ kind: 'tenant', id: 'o2' }, []],
    [{ kind: 'membership', id: 'u1' }, []],
    [{ kind: 'unknown' }, ['person', 'member', 'key', 'organisationKey', 'actingService']],
  ])('%j: %j', (notice, ended) => {
    const names = Object.keys(CALLERS) as (keyof typeof CALLERS)[];
    expect(names.filter((name) => isEndedBy(CALLERS[name], notice))).toEqual(ended);
  });
});
