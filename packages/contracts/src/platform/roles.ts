import { z } from 'zod';

/** Roles of an organisation's members, lowest first: each may do what those before it may. */
export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;

export const role = z.enum(ROLES).meta({ id: 'Role', description: 'Role in an organisation, lowest first.' });
export type Role = z.output<typeof role>;

/** Parts of an organisation that split keys, projects and usage; credits, members and settings are shared. */
export const environment = z.enum(['prod', 'test']).meta({ id: 'Environment' });
export type Environment = z.output<typeof environment>;

/** Roles of operators, lowest first: who may read, who may help, who may change. No API gives them. */
export const operatorRole = z.enum(['viewer', 'support', 'admin']).meta({ id: 'OperatorRole' });
export type OperatorRole = z.output<typeof operatorRole>;

/** How old an operator's session may be for acts, in milliseconds; reading is open to an older one. */
export const OPERATOR_SESSION_MS_MAX = 12 * 3_600_000;
/** The same for acts that cannot be taken back, or move credits. */
export const RISKY_ACT_SESSION_MS_MAX = 15 * 60_000;

/** What an act, or a look, asks of an operator who is a person. */
export interface OperatorNeeds {
  readonly role: OperatorRole;
  /** Infinite where only the role counts. */
  readonly sessionMsMax: number;
  /** Whoever shows no credential is told of the admin key (403), as on all routes for operators that are no part of the Platform API. */
  readonly asksForKey: boolean;
}

/** What a route asks of an operator: to look takes the role alone; to act a session that is not too old, and the role `admin` unless the route says another. */
export function operatorNeeds({
  family,
  method,
  operatorRole: role,
  risky,
}: {
  readonly family: string;
  readonly method: string;
  readonly operatorRole?: OperatorRole;
  readonly risky?: true;
}): OperatorNeeds {
  const asksForKey = family !== 'platform';
  if (isRead(method)) return { role: role ?? 'viewer', sessionMsMax: Infinity, asksForKey };
  const sessionMsMax = risky === true ? RISKY_ACT_SESSION_MS_MAX : OPERATOR_SESSION_MS_MAX;
  return { role: role ?? 'admin', sessionMsMax, asksForKey };
}

/** Whether an operator's role is the least one that is asked for, or above it. */
export function operatorRoleAtLeast(given: OperatorRole, least: OperatorRole): boolean {
  return operatorRole.options.indexOf(given) >= operatorRole.options.indexOf(least);
}

/** Whether a call only reads. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a role is the least one that is asked for, or above it. */
export function roleAtLeast(given: Role, least: Role): boolean {
  return ROLES.indexOf(given) >= ROLES.indexOf(least);
}

/** The least role for each act within an organisation. What is about other people is bounded by `mayActOn` and `mayGrant` as well. */
export const LEAST_ROLE = {
  'info.read': 'viewer',
  'members.read': 'viewer',
  'plans.read': 'viewer',
  'configs.read': 'viewer',
  'environment.switch': 'viewer',
  'organisation.leave': 'viewer',
  'metered.call': 'member',
  'keys.read': 'member',
  'usage.read': 'member',
  'policies.read': 'member',
  'keys.write': 'admin',
  'policies.write': 'admin',
  'invites.manage': 'admin',
  'members.manage': 'admin',
  'info.write': 'admin',
  'subscriptions.manage': 'admin',
  'configs.write': 'admin',
  'storage.manage': 'admin',
  'audit.read': 'admin',
  'ownership.grant': 'owner',
  'slug.write': 'owner',
  'organisation.archive': 'owner',
} as const satisfies Readonly<Record<string, Role>>;

export type TenantAct = keyof typeof LEAST_ROLE;

/** Whether a role may do an act. */
export function mayAct(given: Role, act: TenantAct): boolean {
  return roleAtLeast(given, LEAST_ROLE[act]);
}

/** Whether a member may give somebody a role, on whatever way: nobody grants a role above the own one, and below admin nobody grants any. */
export function mayGrant(own: Role, granted: Role): boolean {
  return mayAct(own, granted === 'owner' ? 'ownership.grant' : 'members.manage') && roleAtLeast(own, granted);
}

/** Whether a member may change, disable or remove another one: nobody acts on a person whose role is above the own one. */
export function mayActOn(own: Role, other: Role): boolean {
  return mayAct(own, 'members.manage') && roleAtLeast(own, other);
}
