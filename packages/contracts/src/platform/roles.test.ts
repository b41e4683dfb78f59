import { expect, test } from '@jest/globals';
import { LEAST_ROLE, mayAct, mayActOn, mayGrant, roleAtLeast, ROLES, type TenantAct } from './roles.ts';

test('roles are a total order, and each includes those below it', () => {
  for (const [rank, given] of ROLES.entries())
    expect(ROLES.map((least) => roleAtLeast(given, least))).toEqual(ROLES.map((_least, other) => other <= rank));
});

/** Who may do what: viewer, member, admin, owner. */
const MATRIX: Readonly<Record<TenantAct, string>> = {
  'info.read': '✓✓✓✓',
  'members.read': '✓✓✓✓',
  'plans.read': '✓✓✓✓',
  'configs.read': '✓✓✓✓',
  'environment.switch': '✓✓✓✓',
  'organisation.leave': '✓✓✓✓',
  'metered.call': '–✓✓✓',
  'keys.read': '–✓✓✓',
  'usage.read': '–✓✓✓',
  'policies.read': '–✓✓✓',
  'keys.write': '––✓✓',
  'policies.write': '––✓✓',
  'invites.manage': '––✓✓',
  'members.manage': '––✓✓',
  'info.write': '––✓✓',
  'subscriptions.manage': '––✓✓',
  'configs.write': '––✓✓',
  'storage.manage': '––✓✓',
  'audit.read': '––✓✓',
  'ownership.grant': '–––✓',
  'slug.write': '–––✓',
  'organisation.archive': '–––✓',
};

test.each(Object.keys(LEAST_ROLE) as TenantAct[])('%s', (act) => {
  expect(ROLES.map((given) => (mayAct(given, act) ? '✓' : '–')).join('')).toBe(MATRIX[act]);
});

test('nobody grants a role above the own one', () => {
  const granted = (own: (typeof ROLES)[number]) => ROLES.filter((given) => mayGrant(own, given));
  expect(ROLES.map(granted)).toEqual([[], [], ['viewer', 'member', 'admin'], [...ROLES]]);
});

test('nobody acts on a person whose role is above the own one', () => {
  const reached = (own: (typeof ROLES)[number]) => ROLES.filter((other) => mayActOn(own, other));
  expect(ROLES.map(reached)).toEqual([[], [], ['viewer', 'member', 'admin'], [...ROLES]]);
});
